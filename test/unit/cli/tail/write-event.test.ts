import { expect, it } from 'vitest';
import { writeEvent } from '../../../../cli/tail/write-event.ts';
import { ACTIVITY_CLASSES, type Activity } from '../../../../src/activity.ts';
import type { DatabaseActivityDetail } from '../../../../src/events.ts';
import { createActivityEntry } from '../../../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../../../support/activity.ts';
import { readDocument } from '../../../support/documents.ts';

function detailOf(activity: Partial<Activity>, statement: string | null = null, statementText = 'redacted') {
  const event = createEvent({ activity, statement });
  const { detail } = createActivityEntry(event, null, createConfig({ STATEMENT_TEXT: statementText }));
  return JSON.parse(detail) as DatabaseActivityDetail;
}

const write = (...given: Parameters<typeof detailOf>) => writeEvent(detailOf(...given), (_formats, text) => text);

it('the line of an event is the one of the document', () => {
  const person = { user: 'alice', remoteHost: '10.1.2.3' };
  const line = write(person, "CREATE INDEX scale_slow ON scale_data (section)\n  WHERE name = 'secret'");

  expect(readDocument('docs/command-line.md')).toContain(`\n${line}\n`);
});

it('the line of an event has arrival time and source where its own time and instance are unknown, else a dash', () => {
  const nothing = { time: null, instanceId: null, user: null, remoteHost: '', database: null, action: null };

  expect(write({ ...nothing, class: 'CONNECT', objectName: null })).toBe(
    '2026-03-01T12:59:59.500Z  CONNECT       cluster-4HNY5V4RRNPKKYB7ICFKE5JBQQ  -@-  -  -  -',
  );
});

it.each<[Partial<Activity>, string]>([
  [{ class: 'ERROR', outcome: 'FAILURE', errorCode: '42P01' }, 'CREATE INDEX failed 42P01'],
  [{ class: 'ERROR', outcome: 'FAILURE', errorCode: null }, 'CREATE INDEX failed'],
  [{ auxiliary: true }, 'CREATE INDEX (AUX)'],
])('the line of an event shows how the action ended, and whether it is auxiliary: %j', (activity, action) => {
  expect(write(activity)).toContain(`  ${action}  `);
});

it('the line of an event is one line, whatever its fields hold', () => {
  const line = write({ user: 'a\nb', objectName: 'c\u2028d' }, 'SELECT "a\nb"\r\n-- c', 'full');

  expect(line).not.toMatch(/[\p{Cc}\p{Zl}]/u);
  expect(line).toContain('a b@');
  expect(line).toContain('SELECT "a b" -- c');
});

it('the line of an event cuts a long statement, and shows that there is more', () => {
  expect(write({}, `SELECT ${'a'.repeat(2_000)}`, 'full')).toMatch(/ {2}SELECT a{993}…$/);
});

it.each(ACTIVITY_CLASSES)('the line of an event has a colour for each class, on the class alone: %s', (name) => {
  const line = writeEvent(detailOf({ class: name }), (formats, text) => `<${formats.join()}>${text}</>`);

  expect(line).toMatch(new RegExp(`^2026\\S+  <[a-z,]+>${name} *</>  db-`));
});
