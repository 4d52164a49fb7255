import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATEMENT_CLASSES } from '../../src/activity.ts';
import { VOCABULARIES } from '../../src/engines/index.ts';
import { StageError } from '../../src/errors.ts';
import { DIALECTS, type Dialect } from '../../src/sql/dialects.ts';
import { redact } from '../../src/sql/redact.ts';
import { classifyStatement } from '../../src/sql/statement.ts';
import { tokenize } from '../../src/sql/tokens.ts';
import { classify } from '../../src/transforms/classify.ts';
import { decode } from '../../src/transforms/decode.ts';
import { parse } from '../../src/transforms/parse.ts';
import { createOrigin } from '../support/activity.ts';
import { SECRETS, STATEMENTS } from '../support/sql.ts';

const dialect = fc.constantFrom(...DIALECTS);
const SIGNS = '\' " ` \\ /* */ /*! -- # \n $$ $a$ ; ( ) . = 0x 1e \uFEFF \uD800'.split(' ');
const WORDS =
  'SELECT|WITH|AS|DELETE|EXPLAIN|ANALYZE|DECLARE|CURSOR FOR|COPY|BEGIN|END|CREATE|PROCEDURE|DEFINER|IDENTIFIED BY|PASSWORD|N|E| ';
/** Pieces that a tokenizer can stumble over, in any order and number, and any text at all. */
const sql = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.oneof(fc.constantFrom(...SIGNS), fc.constantFrom(...WORDS.split('|')), fc.string({ maxLength: 5 })), {
      maxLength: 60,
    })
    .map((pieces) => pieces.join('')),
);

/** Signs are read by each dialect's own rules; words in those that have the construct. Quadratic time is a timeout. */
const REPEATED: readonly (readonly [readonly Dialect[], readonly string[]])[] = [
  [DIALECTS, ['(', "'", '/*', '/*!', '$a$ $b$ ', ';', '\\', '[', "q'[", '$1€', '1', '1e', ' \u00a0\u3000']],
  [DIALECTS, ["'a'b", "'a'AND", "E'a'\n", 'CREATE PROCEDURE p BEGIN ', 'CREATE PROCEDURE p CASE ']],
  [['postgresql'], ['DECLARE a CURSOR FOR ', 'DECLARE a CURSOR FOR (', 'EXPLAIN ANALYZE ', 'EXPLAIN (ANALYZE, ']],
  [['postgresql'], ['WITH a AS (DELETE FROM ', 'WITH a AS (SELECT 1) ', 'WITH (DELETE FROM ) ', 'WITH ) (']],
  [['postgresql'], ['SET a.', 'SET a.b TO c, ', 'OPTIONS (a ', 'EXECUTE FUNCTION f ', 'GRANT EXECUTE ON a ']],
  [
    ['mysql', 'oracle'],
    ['IDENTIFIED BY ', 'GRANT a TO b IDENTIFIED BY p, '],
  ],
  [['oracle'], ['WITH FUNCTION f BEGIN ', 'CREATE JAVA SOURCE AS ', 'ACCESS PARAMETERS ', 'ACCESS PARAMETERS (']],
  [['sqlserver'], ['IF EXISTS (SELECT 1) ', 'GO ', 'BEGIN TRAN ', 'WAITFOR (', 'EXEC p a.', 'p.']],
  [['sqlserver'], ['PASSWORD = ', 'CREATE CREATE ']],
];

/** Holds for any text in any dialect. */
function assertSql(check: (text: string, of: Dialect) => void): void {
  fc.assert(fc.property(sql, dialect, check), { numRuns: 2000 });
}

describe('any text at all', () => {
  it('has a class of the closed list', () => {
    assertSql((text, of) => {
      expect(STATEMENT_CLASSES).toContain(classifyStatement(text, of).class);
    });
  });

  it('is cut into tokens that follow one another and stay inside', () => {
    assertSql((text, of) => {
      let end = 0;
      for (const token of tokenize(text, of).list) {
        expect(token.start).toBeGreaterThanOrEqual(end);
        expect(token.end).toBeGreaterThan(token.start);
        end = token.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    });
  });

  it('leaves no string where what is masked is read again', () => {
    assertSql((text, of) => {
      const once = redact(text, of);
      // A mask may touch what stood beside the literal, so only whole texts of certain meaning are compared.
      fc.pre(tokenize(text, of).uncertainFrom === null && tokenize(once, of).uncertainFrom === null);

      expect(tokenize(once, of).list.filter(({ kind }) => kind === 'string')).toEqual([]);
    });
  });

  it.each(DIALECTS)('of %s cut anywhere keeps its secrets', (of) => {
    const leaks = SECRETS.filter((row) => row.dialect === of).flatMap(({ text, secrets }) =>
      Array.from({ length: text.length + 1 }, (_, end) => redact(text.slice(0, end), of)).filter((redacted) =>
        secrets.some((secret) => redacted.includes(secret)),
      ),
    );

    expect(leaks).toEqual([]);
  });

  it.each(REPEATED.flatMap(([dialects, pieces]) => pieces.map((piece) => [piece, dialects] as const)))(
    'a hundred thousand times %j has a class and is redacted',
    (piece, dialects) => {
      // With fewer dialects more of it, so that quadratic time is as long.
      const text = piece.repeat(dialects === DIALECTS ? 100_000 : 200_000);
      for (const of of dialects) {
        expect(STATEMENT_CLASSES).toContain(classifyStatement(text, of).class);
        expect(typeof redact(text, of)).toBe('string');
      }
    },
  );

  it('behind a statement that ends in a semicolon never makes it less sensitive', () => {
    const rank = (name: (typeof STATEMENT_CLASSES)[number]) => STATEMENT_CLASSES.indexOf(name);
    // A statement that is cut off, or ends in a comment, takes what follows into itself.
    const whole = STATEMENTS.filter(
      ({ text, dialect: of, action }) =>
        action !== '' && tokenize(text, of).uncertainFrom === null && !/[-#/*]|BEGIN|CREATE/i.test(text),
    );
    expect(whole.length).toBeGreaterThan(800);
    fc.assert(
      fc.property(fc.constantFrom(...whole), sql, ({ text, dialect: of, class: alone }, more) => {
        expect(rank(classifyStatement(`${text};${more}`, of).class)).toBeLessThanOrEqual(rank(alone));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('any bytes and any JSON', () => {
  const origin = createOrigin({ resourceId: 'cluster-A', shardId: 'shardId-000000000000', sequenceNumber: '1' });

  it('are decoded, or refused for a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(() => decode(Buffer.from(bytes).toString('base64'))).toThrow(StageError);
      }),
    );
  });

  it('are parsed, or refused for a reason; every event is kept as it stands', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), fc.boolean(), (events, pretty) => {
        const inner = { type: 'DatabaseActivityMonitoringRecord', databaseActivityEventList: events };
        const payload = parse(Buffer.from(JSON.stringify(inner, null, pretty ? 2 : 0)), 'cluster-A');

        expect(payload.events.map(({ json }) => JSON.parse(Buffer.from(json).toString()))).toEqual(
          JSON.parse(JSON.stringify(events)),
        );
        expect(payload.events.filter(({ json }) => /[\r\n]/.test(Buffer.from(json).toString()))).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(() => parse(Buffer.from(text), 'cluster-A')).toThrow(StageError);
      }),
    );
  });

  it('of an event give a line of the archive', () => {
    const names = [
      ...['type', 'serverType', 'class', 'command', 'commandText', 'exitCode', 'errorMessage'],
      ...['logTime', 'sessionId', 'substatementId', 'engineNativeAuditFields'],
    ];
    const engines = fc.constantFrom(...Object.values(VOCABULARIES));
    const words = engines.chain(({ serverType, sessions, words: said }) =>
      fc.constantFrom(serverType, ...sessions.keys(), ...said.keys(), 'AUX', 'QUERY', 'ERROR', '0', '1', '42P01', ''),
    );
    fc.assert(
      fc.property(
        engines,
        fc.dictionary(fc.constantFrom(...names), fc.oneof(words, fc.jsonValue())),
        (engine, some) => {
          const fields = { serverType: engine.serverType, ...some };
          const { activity } = classify({ fields, json: Buffer.from(JSON.stringify(fields)) }, 0, null, origin);

          expect(activity.eventId).toBe('cluster-A/shardId-000000000000/1/0');
          expect(activity.class === 'ERROR' || activity.class === 'AUTH_FAILURE').toBe(
            activity.outcome === 'FAILURE' && activity.class !== 'DISCONNECT',
          );
        },
      ),
      { numRuns: 1000 },
    );
  });
});
