import type { Rule } from '@ast-grep/napi';

/** A change of the source that breaks a promise. */
export interface Breakage {
  /** What the broken function does. */
  readonly name: string;
  readonly promise: string;
  /** The number that `test/simulation/invariants.ts` gives the invariant that must notice. */
  readonly invariant: number;
  /**
   * Matches exactly one place in `src`. It names what a refactoring keeps, such as a port, a step or a property that AWS
   * defines, and leaves local names to metavariables. https://ast-grep.github.io/reference/rule.html
   */
  readonly rule: Rule;
  /** Replaces the place. `$NAME` and `$$$NAMES` stand for what the rule matched under that name. */
  readonly replacement: string;
}

/** The whole body of the function that makes a chunk durable. */
const ARCHIVE_THEN_PUBLISH: Rule = {
  pattern: `{
    $$$BEFORE
    const $KEYS = await $PORTS.archive($$$ARCHIVED)
    $$$BETWEEN
    const $REFUSED = await $PORTS.publish($$$PUBLISHED)
    $$$AFTER
  }`,
};

/** The first record of the chunk that failed. */
const CHECKPOINT: Rule = { pattern: '$CHUNK[0].record', inside: { kind: 'catch_clause', stopBy: 'end' } };

const AT_LEAST_ONCE = { promise: 'Every eligible event reaches the bus at least once.', invariant: 3 };
const COMPLETE = {
  promise: 'Every event is archived, quarantined or handed to the on-failure destination.',
  invariant: 1,
};
const DURABLE = { promise: 'Nothing is acknowledged before it is durable.', invariant: 6 };
const CHUNK_BOUNDARY = {
  promise: 'The checkpoint is the first record of a chunk, and every record before it is durable.',
  invariant: 6,
};
const EVIDENCE = { promise: 'A published event always has its evidence in the archive.', invariant: 3 };
const REPEATABLE = {
  promise: 'The same records give the same keys and content, however they are grouped.',
  invariant: 2,
};
const SECRET = { promise: 'No log line, metric, error or key contains content of a record.', invariant: 7 };

export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'Reports the last record of a chunk that failed',
    ...CHUNK_BOUNDARY,
    rule: CHECKPOINT,
    replacement: '($CHUNK.at(-1) ?? $CHUNK[0]).record',
  },
  {
    name: 'Reports the second record of a chunk that failed',
    ...CHUNK_BOUNDARY,
    rule: CHECKPOINT,
    replacement: '($CHUNK[1] ?? $CHUNK[0]).record',
  },
  {
    name: 'Publishes the events of a chunk that could not be archived',
    ...EVIDENCE,
    rule: ARCHIVE_THEN_PUBLISH,
    replacement: `{
      $$$BEFORE
      const failures = [];
      const $KEYS = await $PORTS.archive($$$ARCHIVED).catch((cause) => {
        failures.push(cause);
        return new Map();
      });
      $$$BETWEEN
      const $REFUSED = await $PORTS.publish($$$PUBLISHED);
      if (failures.length > 0) throw failures[0];
      $$$AFTER
    }`,
  },
  {
    name: 'Publishes a chunk before it archives it',
    ...EVIDENCE,
    rule: ARCHIVE_THEN_PUBLISH,
    replacement: `{
      $$$BEFORE
      const $KEYS = new Map();
      $$$BETWEEN
      const $REFUSED = await $PORTS.publish($$$PUBLISHED);
      await $PORTS.archive($$$ARCHIVED);
      $$$AFTER
    }`,
  },
  {
    name: 'Skips a record that may succeed later',
    ...COMPLETE,
    rule: {
      pattern: 'throw $ERROR',
      inside: { kind: 'if_statement', stopBy: 'end', has: { pattern: 'isPoison($ERROR)', stopBy: 'end' } },
    },
    replacement: 'continue;',
  },
  {
    name: 'Fails the invocation at a poison record',
    promise: 'A poison record costs no failed invocation and never blocks a shard.',
    invariant: 10,
    rule: {
      kind: 'if_statement',
      has: { field: 'condition', has: { pattern: 'isPoison($ERROR)', stopBy: 'end' } },
    },
    replacement: 'throw new Error($ERROR.code);',
  },
  {
    name: 'Ignores a failed quarantine',
    ...DURABLE,
    rule: { pattern: '$PORTS.quarantine($$$QUARANTINED)' },
    replacement: '$PORTS.quarantine($$$QUARANTINED).catch(() => undefined)',
  },
  {
    name: 'Ignores a failed archive',
    ...DURABLE,
    rule: { pattern: 'const $KEYS = await $PORTS.archive($$$ARCHIVED)' },
    replacement: 'const $KEYS = await $PORTS.archive($$$ARCHIVED).catch(() => new Map());',
  },
  {
    name: 'Ignores a failed publication',
    ...DURABLE,
    // Relaxed, since the kind of quotes does not matter.
    rule: { pattern: { context: "throw toStageError('publish', $CAUSE)", strictness: 'relaxed' } },
    replacement: 'void $CAUSE;',
  },
  {
    name: 'Acknowledges the chunks that it had no time for',
    ...DURABLE,
    rule: {
      pattern: 'return $NEXT',
      follows: { stopBy: 'end', has: { pattern: '$TELEMETRY.outOfTime($NEXT, $$$)', stopBy: 'end' } },
    },
    replacement: 'return null;',
  },
  {
    name: 'Begins a chunk before the previous one is durable',
    ...DURABLE,
    rule: { pattern: '(await $PENDING) !== null' },
    replacement: 'false',
  },
  {
    name: 'Drops the third event of a record',
    ...COMPLETE,
    rule: { pattern: '[classify($EVENT, $INDEX, $$$REST)]' },
    replacement: '($INDEX === 2 ? [] : [classify($EVENT, $INDEX, $$$REST)])',
  },
  {
    name: 'Gives archive objects random names',
    ...REPEATABLE,
    rule: { pattern: '$NAME', kind: 'template_string', regex: '^[^~]*\\.ndjson\\.gz.$' },
    replacement: '(Math.random() + $NAME)',
  },
  {
    name: 'Names archive objects by the wall clock',
    ...REPEATABLE,
    rule: { pattern: '$FOLDER', kind: 'template_string', regex: '/hour=' },
    replacement: '($FOLDER + new Date().getMinutes())',
  },
  {
    name: 'Replaces an object that exists',
    promise: 'The function never replaces an object.',
    invariant: 9,
    rule: { pattern: { context: '({ IfNoneMatch: $VALUE })', selector: 'pair' } },
    replacement: 'IfNoneMatch: undefined',
  },
  {
    name: 'Never recognizes an object that it wrote before',
    promise: 'A redelivered chunk finds its objects and writes no others.',
    invariant: 2,
    rule: { pattern: 'gunzipSync($$$COMPRESSED).equals($CONTENT)' },
    replacement: 'false',
  },
  {
    name: 'Takes an entry with an error code for accepted',
    ...AT_LEAST_ONCE,
    rule: { pattern: '$RESULT.ErrorCode === undefined' },
    replacement: 'true',
  },
  {
    name: 'Takes an entry without a result for accepted',
    ...AT_LEAST_ONCE,
    rule: { pattern: '$RESULT !== undefined && $RESULT.ErrorCode === undefined' },
    replacement: '$RESULT?.ErrorCode === undefined',
  },
  {
    name: 'Loses an event that the bus can never accept',
    promise: 'An event that the bus can never accept is archived, whatever the configuration leaves out.',
    invariant: 1,
    rule: { kind: 'expression_statement', has: { pattern: 'await $PORTS.archive($$$)' } },
    replacement: '',
  },
  {
    name: 'Quarantines a record when KMS fails',
    promise: 'Only what is proven to be the fault of the record is quarantined.',
    invariant: 1,
    rule: { pattern: '$CAUSE instanceof InvalidCiphertextException' },
    replacement: '$CAUSE instanceof Error',
  },
  {
    name: 'Quarantines a record without its bytes',
    promise: 'A quarantine object holds the original bytes.',
    invariant: 4,
    rule: { pattern: '$RECORD.delivered' },
    replacement: "{ ...$RECORD.delivered, kinesis: { ...$RECORD.origin, data: '' } }",
  },
  {
    name: 'Calls KMS for every record',
    promise: 'KMS is called once per data key, execution environment and TTL.',
    invariant: 8,
    rule: { pattern: '$CONFIG.dataKeyTtlSeconds === 0' },
    replacement: 'true',
  },
  {
    name: 'Never aborts the calls in flight',
    promise: 'The function always responds before its timeout.',
    invariant: 10,
    rule: { pattern: 'setTimeout(() => $CONTROLLER.abort(), $DELAY)' },
    replacement: 'setTimeout(() => undefined, $DELAY)',
  },
  {
    name: 'Logs the names of users',
    ...SECRET,
    rule: { pattern: '$TELEMETRY.chunkOpened($CHUNK)' },
    replacement: `process.stdout.write(
      $CHUNK.flatMap(({ published }) => published.map(({ event }) => event.activity.user)).join(),
    ), $TELEMETRY.chunkOpened($CHUNK)`,
  },
  {
    name: 'Uses the text that a parser rejected as the code of the error',
    ...SECRET,
    rule: {
      pattern: 'throw $CREATE($CODE)',
      inside: {
        kind: 'catch_clause',
        stopBy: 'end',
        inside: { kind: 'try_statement', has: { pattern: 'JSON.parse($DECODER.decode($BYTES))', stopBy: 'end' } },
      },
    },
    replacement: 'throw $CREATE($DECODER.decode($BYTES));',
  },
  {
    name: 'Publishes statements as they are',
    promise: 'The bus shows statements redacted.',
    invariant: 7,
    rule: { pattern: 'redact($TEXT, $DIALECT)' },
    replacement: '$TEXT',
  },
];
