import type { styleText } from 'node:util';
import type { ActivityClass } from '../../src/activity.ts';
import type { DatabaseActivityDetail } from '../../src/events.ts';
import { printable, toOneLine } from '../printable.ts';

/** Colours and weights, as Node names them. */
export type Formats = readonly Exclude<Parameters<typeof styleText>[0], readonly unknown[]>[];

/** Colours a text, or leaves it. */
export type Style = (formats: Formats, text: string) => string;

/** By how much harm an event of the class can do. */
const FORMATS: Readonly<Record<ActivityClass, Formats>> = {
  DCL: ['bold', 'magenta'],
  DDL: ['bold', 'yellow'],
  DML: ['yellow'],
  EXECUTE: ['cyan'],
  UNKNOWN: ['bold', 'cyan'],
  AUTH_FAILURE: ['bold', 'red'],
  ERROR: ['red'],
  DQL: ['green'],
  TCL: ['gray'],
  CONNECT: ['blue'],
  DISCONNECT: ['blue'],
  MISC: ['gray'],
};

/** Of the longest class. */
const CLASS_WIDTH = 12;
/** What of a statement is on the line: JSON has all that the bus would have. */
const MAX_STATEMENT = 1_000;

/** An event on one line, for a person to read: its fields two spaces apart, `-` where there is none. */
export function writeEvent({ metadata, data }: DatabaseActivityDetail, style: Style): string {
  const activityClass = style(FORMATS[data.class], data.class.padEnd(CLASS_WIDTH));
  const fields = [
    (data.time ?? metadata.arrivalTime).replace(/(\.\d{3})\d*Z$/, '$1Z'),
    activityClass,
    data.instanceId ?? data.resourceId,
    `${data.user || '-'}@${data.remoteHost || '-'}`,
    data.database || '-',
    describeAction(data),
    data.objectName || '-',
    ...(data.statement === null ? [] : [shorten(data.statement.text)]),
  ];
  return fields.map((field) => (field === activityClass ? field : printable(toOneLine(field)))).join('  ');
}

function describeAction({ action, outcome, auxiliary, errorCode }: DatabaseActivityDetail['data']): string {
  const words = [action ?? '-'];
  if (auxiliary) words.push('(AUX)');
  if (outcome === 'FAILURE') words.push('failed');
  if (errorCode !== null) words.push(errorCode);
  return words.join(' ');
}

function shorten(text: string): string {
  const line = toOneLine(text);
  return line.length <= MAX_STATEMENT ? line : `${line.slice(0, MAX_STATEMENT)}…`;
}
