import { parseAddress } from './ip-address.ts';
import { isRecord } from './operators.ts';

/** Spells a valid value of a pattern so that two are spelled the same if event-ruler takes them for the same. */
export const spell = (value: unknown): string => {
  if (typeof value === 'string') return parseAddress(value) ?? JSON.stringify(value);
  if (typeof value === 'number') return `= ${value}`;
  if (!isRecord(value)) return `${value}`;
  const { exactly, numeric, 'anything-but': denied } = value;
  if (exactly !== undefined) return JSON.stringify(exactly);
  if (Array.isArray(numeric) && numeric[0] === '=') return `= ${numeric[1]}`;
  if (denied === undefined) return JSON.stringify(value);
  const [[name, operand] = ['', denied]] = isRecord(denied) ? Object.entries(denied) : [];
  return `anything-but ${name} ${spellSet(operand)}`;
};

const spellSet = (operand: unknown): string =>
  [...new Set([operand].flat().map((item) => JSON.stringify(item)))].toSorted().join();
