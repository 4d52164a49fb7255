import type { ValueTest } from './value-tests.ts';

const longestIpv4 = 15;
const mappedIpv4 = '00000000000000000000FFFF';

/**
 * Reads an address literal into its hexadecimal digits, 8 or 32 of them; an IPv4 address mapped into IPv6
 * (`::ffff:a00:1`) is that IPv4 address.
 */
export const parseAddress = (text: string): string | undefined =>
  text.includes(':') ? parseIpv6(text) : parseIpv4(text);

// Digit by digit, for this runs on each event and allocates nothing unless the text is an address.
const parseIpv4 = (text: string): string | undefined => {
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
  return dots === 3 && octet >= 0 ? toDigits(address * 256 + octet, 8) : undefined;
};

const parseIpv6 = (text: string): string | undefined => {
  if (!/^[\da-f:]*$/i.test(text)) return undefined;
  const [before = '', after, ...more] = text.split('::');
  const head = parseGroups(before);
  const tail = parseGroups(after ?? '');
  if (head === undefined || tail === undefined || more.length > 0) return undefined;
  const zeros = 32 - head.length - tail.length;
  if (after === undefined ? zeros !== 0 : zeros < 4) return undefined;
  const digits = `${head}${'0'.repeat(zeros)}${tail}`;
  return digits.startsWith(mappedIpv4) ? digits.slice(mappedIpv4.length) : digits;
};

const parseGroups = (text: string): string | undefined => {
  if (text === '') return '';
  const groups = text.split(':').map((group) => Number.parseInt(group, 16));
  return groups.every((group) => group <= 0xffff) ? groups.map((group) => toDigits(group, 4)).join('') : undefined;
};

const toDigits = (number: number, length: number): string => number.toString(16).toUpperCase().padStart(length, '0');

/** How long a prefix of the address a block may fix: event-ruler refuses a block of a single address. */
export const longestPrefix = (digits: string): number => digits.length * 4 - 1;

export const isAddress = (digits: string): ValueTest => isBetween(digits, digits);

export const isInBlock = (digits: string, prefixLength: number): ValueTest => {
  const fill = (host: (digit: number, fixed: number) => number): string =>
    Array.from(digits, (digit, index) => {
      const fixed = Math.min(Math.max(prefixLength - index * 4, 0), 4);
      return toDigits(host(Number.parseInt(digit, 16), fixed), 1);
    }).join('');
  return isBetween(
    fill((digit, fixed) => digit & (0xf0 >> fixed)),
    fill((digit, fixed) => digit | (0xf >> fixed)),
  );
};

/** Whether the value is an address of just these digits. */
export const isSpelled =
  (digits: string): ValueTest =>
  (value) =>
    typeof value === 'string' && parseAddress(value) === digits;

// As event-ruler does, which looks at the digits of addresses from left to right until it has decided: an IPv6 address
// can be in an IPv4 block by its first digits, and so can a number by its decimal digits.
const isBetween =
  (lowest: string, highest: string): ValueTest =>
  (value) => {
    const digits = readDigits(value);
    if (digits === undefined) return false;
    let isAbove = false;
    let isBelow = false;
    for (let index = 0; index < lowest.length && !(isAbove && isBelow); index += 1) {
      const unit = digits.charAt(index);
      if (!/[\dA-F]/.test(unit)) return false;
      if (!isAbove && unit < lowest.charAt(index)) return false;
      if (!isBelow && unit > highest.charAt(index)) return false;
      isAbove ||= unit > lowest.charAt(index);
      isBelow ||= unit < highest.charAt(index);
    }
    return true;
  };

const readDigits = (value: unknown): string | undefined => {
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'string' ? parseAddress(value) : undefined;
};
