import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSchemaViolations } from '../../../local/schema-violations.ts';
import { poison } from '../../../src/errors.ts';
import {
  type BusEntry,
  batchEntries,
  createActivityEntry,
  createQuarantineEntry,
} from '../../../src/sinks/bus-entries.ts';
import { CLUSTER, createConfig, createEvent, createOrigin, STREAM_ARN } from '../../support/activity.ts';
import { asDelivered } from '../../support/bus.ts';

const LIMIT = 262_144;
const FULL = { STATEMENT_TEXT: 'full' };
const STATEMENT = "INSERT INTO t VALUES ('canary', 4711)";

/** The entry of an event with what its detail holds, once its schema accepts it. */
function createEntry(
  overrides: Parameters<typeof createEvent>[0] = {},
  environment: Readonly<Record<string, string>> = {},
  archiveKey: string | null = null,
) {
  const config = createConfig(environment);
  const entry = createActivityEntry(createEvent(overrides), archiveKey, config);
  const delivered = asDelivered(entry, config);
  expect(findSchemaViolations(delivered)).toEqual([]);
  const { metadata, data } = delivered.detail;
  return { entry, metadata, data };
}

/** What EventBridge counts: 14 bytes for the time, and the UTF-8 of source, detail type, detail and resources. */
function sizeOf({ detailType, detail, origin }: BusEntry): number {
  return 14 + Buffer.byteLength(`das-router${detailType}${detail}${origin.streamArn}`);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('an entry holds where the event comes from, its fields and its redacted statement, and nothing else', () => {
  const overrides = { origin: { sequenceNumber: '42' }, activity: { index: 7 }, statement: STATEMENT };
  const event = createEvent(overrides);

  const { entry, metadata, data } = createEntry(overrides, {}, 'activity/class=DDL/x.ndjson.gz');

  const { eventId, arrivalTime, shardId, sequenceNumber, index, ...fields } = event.activity;
  expect(entry).toEqual({
    event,
    origin: event.origin,
    detailType: 'Database Activity DDL',
    time: new Date('2026-03-01T12:59:58.267Z'),
    size: sizeOf(entry),
    detail: JSON.stringify({ metadata, data }),
  });
  const archive = { bucket: 'archive', key: 'activity/class=DDL/x.ndjson.gz' };
  expect(metadata).toEqual({ schemaVersion: '1.0', eventId, arrivalTime, shardId, sequenceNumber, index, archive });
  const text = 'INSERT INTO t VALUES (?, ?)';
  expect(data).toEqual({
    ...fields,
    clientApplication: 'psql',
    statement: { text, redacted: true, truncated: false, sha256: sha256(STATEMENT) },
  });
});

it('an entry has null where there is no archive, statement or time, and then the time of the arrival', () => {
  const { entry, metadata, data } = createEntry({
    activity: { class: 'AUTH_FAILURE', statementClass: null, outcome: 'FAILURE', time: null },
    statement: null,
  });

  const time = new Date('2026-03-01T12:59:59.500Z');
  expect(entry).toMatchObject({ detailType: 'Database Activity AUTH_FAILURE', time });
  expect([metadata.archive, data.statement, data.time]).toEqual([null, null, null]);
});

it.each([
  ['redacted', 'postgresql', { text: 'INSERT INTO t VALUES (?, ?)', redacted: true }],
  ['redacted', null, { text: '?', redacted: true }],
  ['full', 'postgresql', { text: STATEMENT, redacted: false }],
  ['none', 'postgresql', null],
] as const)(
  'an entry shows literals, and the text of an error, which quotes them, with full alone: %s, dialect %s',
  (STATEMENT_TEXT, dialect, shown) => {
    const overrides = { statement: STATEMENT, dialect, errorMessage: 'value canary is bad' };

    const { entry, data } = createEntry(overrides, { STATEMENT_TEXT });

    const isFull = STATEMENT_TEXT === 'full';
    expect(data.statement).toEqual(shown && { ...shown, truncated: false, sha256: sha256(STATEMENT) });
    expect(data.errorMessage).toBe(isFull ? overrides.errorMessage : undefined);
    expect(entry.detail.includes('canary')).toBe(isFull);
    // The bind values of the record.
    expect(entry.detail).not.toMatch(/paramList|bind-value/);
  },
);

it('an entry has half of a surrogate pair in no field', () => {
  const half = 'a\ud83d';

  const { data } = createEntry({ clientApplication: half, activity: { user: half, objectName: half } });

  expect([data.user, data.objectName, data.clientApplication]).toEqual(['a\ufffd', 'a\ufffd', 'a\ufffd']);
});

describe('an entry too large has its statement cut until it fits', () => {
  it.each<[string, string]>([
    ['barely too large', 'a'.repeat(LIMIT - 1_100)],
    ['many times too large', 'a'.repeat(5_000_000)],
    ['two bytes a character', 'é'.repeat(200_000)],
    ['surrogate pairs', '😀'.repeat(150_000)],
    ['surrogate pairs behind one letter', `a${'😀'.repeat(150_000)}`],
    ['quotes', '"'.repeat(200_000)],
    ['control characters', '\u0001'.repeat(200_000)],
    ['lone surrogates', '\ud800'.repeat(200_000)],
    ['mixed', 'a"\u0001é漢😀'.repeat(40_000)],
  ])('%s: it fits, is marked, and is the beginning of the text, no more cut than necessary', (_, statement) => {
    const { entry, data } = createEntry({ statement }, FULL);

    const { text, ...others } = data.statement;
    expect(entry.size).toBe(sizeOf(entry));
    expect(entry.size).toBeLessThanOrEqual(LIMIT);
    expect(entry.size).toBeGreaterThan(LIMIT - 32);
    expect(others).toEqual({ truncated: true, redacted: false, sha256: sha256(statement) });
    expect(text.isWellFormed()).toBe(true);
    // Of a pair that is cut in two, its replacement may be left.
    expect(statement.toWellFormed().startsWith(text.replace(/\ufffd$/, ''))).toBe(true);
  });

  it('an entry of exactly the limit is not cut, and one of a byte more is', () => {
    const empty = createEntry({ statement: '' }, FULL).entry.size;

    const [fitting, cut] = [0, 1].map((more) => createEntry({ statement: 'a'.repeat(LIMIT - empty + more) }, FULL));

    expect([fitting?.entry.size, fitting?.data.statement.truncated]).toEqual([LIMIT, false]);
    expect(cut?.entry.size).toBeLessThanOrEqual(LIMIT);
    expect(cut?.data.statement.truncated).toBe(true);
  });

  it('of a statement longer than an entry the beginning is redacted, and a literal that is cut apart too', () => {
    const statement = `SELECT ${'kept_column, '.repeat(20_000)}'${'secret'.repeat(10_000)}'`;

    const { entry, data } = createEntry({ statement });

    expect(entry.size).toBeLessThanOrEqual(LIMIT);
    expect(data.statement).toMatchObject({ truncated: true, sha256: sha256(statement) });
    expect(entry.detail).toContain('kept_column');
    expect(entry.detail).not.toContain('secret');
  });

  it('any text fits in the end', () => {
    const parts = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    // Another text takes most of the room, so that short statements are cut too.
    const activity = { objectName: 'a'.repeat(LIMIT - 5_000) };
    fc.assert(
      fc.property(parts, fc.integer({ min: 5_000, max: 20_000 }), (part, bytes) => {
        const statement = part.repeat(bytes / Buffer.byteLength(part));

        const { entry, data } = createEntry({ statement, activity }, FULL);

        expect(sizeOf(entry)).toBeLessThanOrEqual(LIMIT);
        expect(data.statement).toMatchObject({ truncated: true });
        expect(data.statement.text.isWellFormed()).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it.each([null, 'SELECT 1'])(
    'an event that is too large even so has the other texts of its data cut, but not its place in the archive: %s',
    (statement) => {
      const key = `${'long/'.repeat(220)}x.ndjson.gz`;

      const activity = { objectName: 'a'.repeat(LIMIT) };

      const { entry, metadata, data } = createEntry({ statement, activity }, FULL, key);

      expect(sizeOf(entry)).toBeLessThanOrEqual(LIMIT);
      expect(data.objectName).toBe('a'.repeat(1_000));
      expect(data.statement?.truncated).toBe(statement === null ? undefined : true);
      expect([metadata.archive.key, metadata.eventId]).toEqual([key, entry.event?.activity.eventId]);
    },
  );
});

const EVENT = createEvent();
const createSized = (size: number): BusEntry => ({ ...createActivityEntry(EVENT, null, createConfig()), size });
const sumOf = (batch: readonly BusEntry[]) => batch.reduce((sum, { size }) => sum + size, 0);

it('whatever the sizes, none is lost, and a call takes as many as 10 entries and 262,144 bytes allow', () => {
  const size = fc.oneof(fc.constantFrom(1, LIMIT / 2, LIMIT - 1, LIMIT), fc.integer({ min: 1, max: LIMIT }));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(1), size), { maxLength: 60 }), (sizes) => {
      const entries = sizes.map(createSized);

      const batches = batchEntries(entries);

      expect(batches.flat()).toEqual(entries);
      const fits = (batch: readonly BusEntry[]) => batch.length <= 10 && sumOf(batch) <= LIMIT;
      for (const [index, batch] of batches.entries()) {
        const [next] = batches[index + 1] ?? [];
        expect(batch.length > 0 && fits(batch)).toBe(true);
        if (next !== undefined) expect(fits([...batch, next])).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

it('the entry of a quarantined record holds its reason, place and object, and nothing of its content', () => {
  const config = createConfig({ QUARANTINE_PREFIX: 'poison' });
  const origin = createOrigin({ sequenceNumber: '42' });
  const delivered = { kinesis: { data: 'Y2FuYXJ5', partitionKey: 'canary' } };
  const record = { origin, data: 'Y2FuYXJ5', delivered };

  const entry = createQuarantineEntry({ record, error: poison('decode', 'ENVELOPE_INVALID', 'NotJson') }, config);

  expect(findSchemaViolations(asDelivered(entry, config))).toEqual([]);
  expect({ ...entry, detail: JSON.parse(entry.detail) }).toEqual({
    event: null,
    origin,
    detailType: 'Database Activity Record Quarantined',
    time: new Date('2026-03-01T12:59:59.500Z'),
    size: sizeOf(entry),
    detail: {
      metadata: { schemaVersion: '1.0', arrivalTime: '2026-03-01T12:59:59.500Z' },
      data: {
        reason: 'ENVELOPE_INVALID',
        stage: 'decode',
        resourceId: CLUSTER,
        stream: STREAM_ARN.replace(/.*\//, ''),
        shardId: 'shardId-000000000003',
        sequenceNumber: '42',
        quarantine: {
          bucket: 'archive',
          key: `poison/reason=ENVELOPE_INVALID/source=${CLUSTER}/dt=2026-03-01/shardId-000000000003-42.json`,
        },
      },
    },
  });
});
