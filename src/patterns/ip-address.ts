import type { ValueTest } from './value-tests.ts';

/** An IPv4 address as a number, an IPv6 address as a bigint. */
export type Address = number | bigint;

const longestIpv4 = 15;
const longestIpv6 = 39;

/** Reads an address literal; an IPv4 address mapped into IPv6 (`::ffff:a00:1`) is that IPv4 address. */
export const parseAddress = (text: string): Address | undefined =>
  text.includes(':') ? parseIpv6(text) : parseIpv4(text);

// Digit by digit, for this runs on each event and allocates nothing.
const parseIpv4 = (text: string): number | undefined => {
  if (text.length > longestIpv4) return undefined;
  let address = 0;
  let octet = -1;
  let dots = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0x2e && octet >= 0) {
      address = address * 256 + octet;
      octet = -1;
      dots += 1;
    } else if (unit >= 0x30 && unit <= 0x39) {
      octet = Math.max(octet, 0) * 10 + unit - 0x30;
      if (octet > 255) return undefined;
    } else {
      return undefined;
    }
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : undefined;
};

const parseIpv6 = (text: string): Address | undefined => {
  if (text.length > longestIpv6) return undefined;
  const [before = '', after, ...more] = text.split('::');
  const head = parseGroups(before);
  const tail = parseGroups(after ?? '');
  if (head === undefined || tail === undefined || more.length > 0) return undefined;
  const zeros = 8 - head.length - tail.length;
  if (after === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...head, ...Array<number>(zeros).fill(0), ...tail];
  const address = groups.reduce((sum, group) => sum * 0x10000n + BigInt(group), 0n);
  return address / 0x1_0000_0000n === 0xffffn ? Number(address % 0x1_0000_0000n) : address;
};

const parseGroups = (text: string): readonly number[] | undefined => {
  if (text === '') return [];
  const groups = text.split(':').map(parseGroup);
  return groups.every((group) => group !== undefined) ? groups : undefined;
};

const parseGroup = (text: string): number | undefined => {
  for (const unit of text) if (!'0123456789abcdefABCDEF'.includes(unit)) return undefined;
  const group = Number.parseInt(text, 16);
  return group <= 0xffff ? group : undefined;
};

/** How long a prefix of the address a block may fix: event-ruler refuses a block of a single address. */
export const longestPrefix = (address: Address): number => (typeof address === 'number' ? 31 : 127);

export const isAddress = (address: Address): ValueTest => {
  return (value) => typeof value === 'string' && parseAddress(value) === address;
};

export const isInBlock = (address: Address, prefixLength: number): ValueTest => {
  if (typeof address === 'number') {
    const size = 2 ** (32 - prefixLength);
    const block = Math.floor(address / size);
    return (value) => {
      const candidate = typeof value === 'string' ? parseAddress(value) : undefined;
      return typeof candidate === 'number' && Math.floor(candidate / size) === block;
    };
  }
  const hostBits = BigInt(128 - prefixLength);
  const block = address >> hostBits;
  return (value) => {
    const candidate = typeof value === 'string' ? parseAddress(value) : undefined;
    return typeof candidate === 'bigint' && candidate >> hostBits === block;
  };
};
