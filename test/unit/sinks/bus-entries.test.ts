import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSchemaViolations } from '../../../local/schema-violations.ts';
import type { ActivityEvent } from '../../../src/activity.ts';
import type { Config } from '../../../src/config.ts';
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
const FULL = createConfig({ STATEMENT_TEXT: 'full' });

function createEntry(
  event: ActivityEvent,
  archiveKey: string | null = null,
  config: Config = createConfig(),
): BusEntry {
  const entry = createActivityEntry(event, archiveKey, config);
  expect(findSchemaViolations(asDelivered(entry, config))).toEqual([]);
  return entry;
}

/** What EventBridge counts: 14 bytes for the time, and the UTF-8 of source, detail type, detail and resources. */
function sizeOf(entry: BusEntry, config: Config): number {
  return 14 + Buffer.byteLength(`${config.eventSource}${entry.detailType}${entry.detail}${entry.origin.streamArn}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('an entry has the shape of the contract', () => {
  const statement = "CREATE INDEX scale_slow ON scale_data (section) WHERE name = 'secret'";

  it('all fields, and no others', () => {
    const event = createEvent({ origin: { sequenceNumber: '42' }, activity: { index: 7 }, statement });

    const entry = createEntry(event, 'activity/class=DDL/x.ndjson.gz');

    expect({ ...entry, detail: JSON.parse(entry.detail) }).toEqual({
      event,
      origin: event.origin,
      detailType: 'Database Activity DDL',
      time: new Date('2026-03-01T12:59:58.267Z'),
      size: sizeOf(entry, createConfig()),
      detail: {
        metadata: {
          schemaVersion: '1.0',
          eventId: `${CLUSTER}/shardId-000000000003/42/7`,
          arrivalTime: '2026-03-01T12:59:59.500Z',
          shardId: 'shardId-000000000003',
          sequenceNumber: '42',
          index: 7,
          archive: { bucket: 'archive', key: 'activity/class=DDL/x.ndjson.gz' },
        },
        data: {
          class: 'DDL',
          statementClass: 'DDL',
          action: 'CREATE INDEX',
          outcome: 'SUCCESS',
          auxiliary: false,
          engine: 'aurora-postgresql',
          resourceId: CLUSTER,
          instanceId: 'db-FZJTMYKCXQBUUZ6VLU7NW3ITCM',
          time: '2026-03-01T12:59:58.267214Z',
          user: 'compass',
          database: 'payroll',
          remoteHost: '172.31.3.195',
          clientApplication: 'psql',
          sessionId: '60b98a86.4f64',
          objectType: 'INDEX',
          objectName: 'public.scale_slow',
          rowCount: 0,
          errorCode: null,
          statement: {
            text: 'CREATE INDEX scale_slow ON scale_data (section) WHERE name = ?',
            redacted: true,
            truncated: false,
            sha256: sha256(statement),
          },
        },
      },
    });
  });

  it('the detail type names the class', () => {
    const refused = { class: 'AUTH_FAILURE', statementClass: null, outcome: 'FAILURE' } as const;
    const event = createEvent({ activity: refused, statement: null });

    expect(createEntry(event).detailType).toBe('Database Activity AUTH_FAILURE');
  });

  it('the archive is null where the class is not archived', () => {
    expect(JSON.parse(createEntry(createEvent(), null).detail).metadata.archive).toBeNull();
  });

  it('an event without a readable time has that of its arrival, and says null itself', () => {
    const entry = createEntry(createEvent({ activity: { time: null } }));

    expect(entry.time).toEqual(new Date('2026-03-01T12:59:59.500Z'));
    expect(JSON.parse(entry.detail).data.time).toBeNull();
  });

  it.each(['redacted', 'full', 'none'])('bind values never reach the bus: STATEMENT_TEXT=%s', (STATEMENT_TEXT) => {
    const record = '{"paramList":["canary"],"commandText":"SELECT $1","unknown":"canary"}';

    const entry = createEntry(createEvent({ record: Buffer.from(record) }), null, createConfig({ STATEMENT_TEXT }));

    expect(entry.detail).not.toContain('paramList');
    expect(entry.detail).not.toContain('canary');
  });
});

describe('STATEMENT_TEXT decides what of a statement reaches the bus', () => {
  const statement = "INSERT INTO t VALUES ('canary', 4711)";

  it.each([
    ['redacted', { text: 'INSERT INTO t VALUES (?, ?)', redacted: true, truncated: false, sha256: sha256(statement) }],
    ['full', { text: statement, redacted: false, truncated: false, sha256: sha256(statement) }],
    ['none', null],
  ])('%s', (STATEMENT_TEXT, expected) => {
    const entry = createEntry(createEvent({ statement }), null, createConfig({ STATEMENT_TEXT }));

    expect(JSON.parse(entry.detail).data.statement).toEqual(expected);
    expect(entry.detail.includes('canary')).toBe(STATEMENT_TEXT === 'full');
  });

  it.each(['redacted', 'full', 'none'])('where there is no statement it is null: %s', (STATEMENT_TEXT) => {
    const entry = createEntry(createEvent({ statement: null }), null, createConfig({ STATEMENT_TEXT }));

    expect(JSON.parse(entry.detail).data.statement).toBeNull();
  });

  it('a text that nobody knows how to read is masked as a whole', () => {
    const entry = createEntry(createEvent({ statement, dialect: null }));

    expect(JSON.parse(entry.detail).data.statement).toMatchObject({ text: '?', sha256: sha256(statement) });
  });

  it.each([
    ['redacted', false],
    ['full', true],
    ['none', false],
  ])('the text of an error quotes values, so it appears only with full: %s', (STATEMENT_TEXT, appears) => {
    const event = createEvent({ errorMessage: 'value canary is bad' });

    const entry = createEntry(event, null, createConfig({ STATEMENT_TEXT }));

    const { data } = JSON.parse(entry.detail);
    expect(Object.hasOwn(data, 'errorMessage')).toBe(appears);
    expect(data.errorMessage).toBe(appears ? 'value canary is bad' : undefined);
    expect(entry.detail.includes('canary')).toBe(appears);
  });
});

describe('an entry too large has its statement cut until it fits', () => {
  const rows: readonly [string, string][] = [
    ['ASCII', 'a'.repeat(300_000)],
    ['barely too large', 'a'.repeat(LIMIT - 1_100)],
    ['many times too large', 'a'.repeat(5_000_000)],
    ['two bytes a character', 'é'.repeat(200_000)],
    ['three bytes a character', '漢'.repeat(200_000)],
    ['surrogate pairs', '😀'.repeat(150_000)],
    ['surrogate pairs behind one letter', `a${'😀'.repeat(150_000)}`],
    ['quotes', '"'.repeat(200_000)],
    ['line breaks', '\n'.repeat(200_000)],
    ['control characters', '\u0001'.repeat(200_000)],
    ['lone surrogates', '\ud800'.repeat(200_000)],
    ['mixed', 'a"\u0001é漢😀'.repeat(40_000)],
  ];

  it.each(rows)('%s: it fits, is marked, and is the beginning of the text', (_, statement) => {
    const entry = createEntry(createEvent({ statement }), null, FULL);

    const shown = JSON.parse(entry.detail).data.statement;
    expect(sizeOf(entry, FULL)).toBeLessThanOrEqual(LIMIT);
    expect(entry.size).toBe(sizeOf(entry, FULL));
    expect(shown).toMatchObject({ truncated: true, redacted: false, sha256: sha256(statement) });
    expect(shown.text.isWellFormed()).toBe(true);
    // Of a pair that is cut in two, its replacement may be left.
    expect(statement.toWellFormed().startsWith(shown.text.replace(/\ufffd$/, ''))).toBe(true);
  });

  it.each(rows)('%s: no more is cut than must be', (_, statement) => {
    const entry = createEntry(createEvent({ statement }), null, FULL);

    expect(sizeOf(entry, FULL)).toBeGreaterThan(LIMIT - 32);
  });

  it('an entry of exactly the limit is not cut, and one of a byte more is', () => {
    const empty = createEntry(createEvent({ statement: '' }), null, FULL).size;

    const [fitting, cut] = [0, 1].map((more) =>
      createEntry(createEvent({ statement: 'a'.repeat(LIMIT - empty + more) }), null, FULL),
    );

    expect(fitting?.size).toBe(LIMIT);
    expect(JSON.parse(fitting?.detail ?? '').data.statement.truncated).toBe(false);
    expect(cut?.size).toBeLessThanOrEqual(LIMIT);
    expect(JSON.parse(cut?.detail ?? '').data.statement.truncated).toBe(true);
  });

  it('of a statement longer than an entry the beginning is masked, a literal that is cut apart included', () => {
    const statement = `SELECT ${'kept_column, '.repeat(20_000)}'${'secret'.repeat(10_000)}'`;

    const entry = createEntry(createEvent({ statement }));

    expect(entry.size).toBeLessThanOrEqual(LIMIT);
    expect(JSON.parse(entry.detail).data.statement).toMatchObject({ truncated: true, sha256: sha256(statement) });
    expect(entry.detail).toContain('kept_column');
    expect(entry.detail).not.toContain('secret');
  });

  it('any text fits in the end', () => {
    const texts = fc
      .record({
        part: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
        bytes: fc.integer({ min: 200_000, max: 700_000 }),
      })
      .map(({ part, bytes }) => part.repeat(Math.ceil(bytes / Buffer.byteLength(part))));

    fc.assert(
      fc.property(texts, (statement) => {
        const entry = createEntry(createEvent({ statement }), null, FULL);

        expect(sizeOf(entry, FULL)).toBeLessThanOrEqual(LIMIT);
        expect(JSON.parse(entry.detail).data.statement.text.isWellFormed()).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['without a statement', null],
    ['with a statement', 'SELECT 1'],
  ])(
    'an event that is too large even so has the other texts of its data cut, and where it lies whole: %s',
    (_, statement) => {
      const event = createEvent({ statement, activity: { objectName: 'a'.repeat(LIMIT) } });
      const key = `${'long/'.repeat(220)}x.ndjson.gz`;

      const entry = createActivityEntry(event, key, FULL);

      const { metadata, data } = JSON.parse(entry.detail);
      expect(metadata.archive.key).toBe(key);
      expect(sizeOf(entry, FULL)).toBeLessThanOrEqual(LIMIT);
      expect(data.objectName).toBe('a'.repeat(1_000));
      expect(data.statement?.truncated).toBe(statement === null ? undefined : true);
      expect(metadata.eventId).toBe(event.activity.eventId);
    },
  );
});

describe('half of a surrogate pair', () => {
  it('reaches the bus in no field', () => {
    const half = 'a\ud83d';

    const entry = createEntry(createEvent({ clientApplication: half, activity: { user: half, objectName: half } }));

    const { data } = JSON.parse(entry.detail);
    expect([data.user, data.objectName, data.clientApplication]).toEqual(['a\ufffd', 'a\ufffd', 'a\ufffd']);
  });
});

describe('entries are put into calls of at most 10 entries and 262,144 bytes', () => {
  function createSized(size: number): BusEntry {
    const event = createEvent();
    return { event, origin: event.origin, detailType: 'x', time: new Date(0), detail: '{}', size };
  }

  it.each<[string, readonly number[], readonly number[]]>([
    ['nothing', [], []],
    ['10 entries', Array<number>(10).fill(1), [10]],
    ['11 entries', Array<number>(11).fill(1), [10, 1]],
    ['25 entries', Array<number>(25).fill(1), [10, 10, 5]],
    ['exactly the bytes', [LIMIT / 2, LIMIT / 2], [2]],
    ['a byte more', [LIMIT / 2, LIMIT / 2, 1], [2, 1]],
    ['entries of the limit', [LIMIT, LIMIT], [1, 1]],
    ['after a cut the bytes are counted anew', [LIMIT, 1, LIMIT - 1, 1], [1, 2, 1]],
  ])('%s', (_, sizes, expected) => {
    const batches = batchEntries(sizes.map(createSized));

    expect(batches.map((batch) => batch.length)).toEqual(expected);
  });

  it('whatever the sizes, none is lost and no call is too large or empty', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: LIMIT })), {
      maxLength: 60,
    });

    fc.assert(
      fc.property(sizes, (all) => {
        const entries = all.map(createSized);

        const batches = batchEntries(entries);

        expect(batches.flat()).toEqual(entries);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(batch.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(LIMIT);
        }
      }),
    );
  });
});

describe('a quarantined record is announced', () => {
  const config = createConfig({ QUARANTINE_PREFIX: 'poison' });
  const record = {
    origin: createOrigin({ sequenceNumber: '42' }),
    data: 'Y2FuYXJ5',
    delivered: { kinesis: { data: 'Y2FuYXJ5', partitionKey: 'canary' } },
  };

  it('its data name reason, stage, stream, shard, sequence number and the quarantine object', () => {
    const source = { record, error: poison('decode', 'ENVELOPE_INVALID', 'NotJson') };

    const entry = createQuarantineEntry(source, config);

    expect(findSchemaViolations(asDelivered(entry, config))).toEqual([]);
    expect({ ...entry, detail: JSON.parse(entry.detail) }).toEqual({
      event: null,
      origin: record.origin,
      detailType: 'Database Activity Record Quarantined',
      time: new Date('2026-03-01T12:59:59.500Z'),
      size: sizeOf(entry, config),
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

  it('nothing of its content is told', () => {
    const entry = createQuarantineEntry({ record, error: poison('parse', 'PAYLOAD_INVALID', 'NotJson') }, config);

    expect(entry.detail).not.toContain('canary');
    expect(entry.detail).not.toContain('Y2FuYXJ5');
  });
});
