import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATEMENT_CLASSES } from '../../src/activity.ts';
import { VOCABULARIES } from '../../src/engines/index.ts';
import { StageError } from '../../src/errors.ts';
import { DIALECTS } from '../../src/sql/dialects.ts';
import { redact } from '../../src/sql/redact.ts';
import { classifyStatement } from '../../src/sql/statement.ts';
import { tokenize } from '../../src/sql/tokens.ts';
import { classify } from '../../src/transforms/classify.ts';
import { decode } from '../../src/transforms/decode.ts';
import { parse } from '../../src/transforms/parse.ts';
import { SECRETS, STATEMENTS } from '../support/sql.ts';

const dialect = fc.constantFrom(...DIALECTS);
/** Pieces that a tokenizer can stumble over, in any order and number, and any text at all. */
const sql = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "'",
          '"',
          '`',
          '\\',
          '/*',
          '*/',
          '/*!',
          '--',
          '#',
          '\n',
          '$$',
          '$a$',
          ';',
          '(',
          ')',
          '.',
          '0x',
          '1e',
        ),
        fc.constantFrom(
          'SELECT',
          'WITH',
          'AS',
          'DELETE',
          'EXPLAIN',
          'ANALYZE',
          'DECLARE',
          'CURSOR FOR',
          'COPY',
          'BEGIN',
          'END',
        ),
        fc.constantFrom(
          'CREATE',
          'PROCEDURE',
          'DEFINER',
          '=',
          'IDENTIFIED BY',
          'PASSWORD',
          'N',
          'E',
          '\uFEFF',
          '\uD800',
          ' ',
        ),
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 60 },
    )
    .map((pieces) => pieces.join('')),
);

describe('any text at all', () => {
  it('has a class of the closed list', () => {
    fc.assert(
      fc.property(sql, dialect, (text, of) => {
        expect(STATEMENT_CLASSES).toContain(classifyStatement(text, of).class);
      }),
      { numRuns: 2000 },
    );
  });

  it('is cut into tokens that follow one another and stay inside', () => {
    fc.assert(
      fc.property(sql, dialect, (text, of) => {
        let end = 0;
        for (const token of tokenize(text, of).list) {
          expect(token.start).toBeGreaterThanOrEqual(end);
          expect(token.end).toBeGreaterThan(token.start);
          end = token.end;
        }
        expect(end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves no string where what is masked is read again', () => {
    fc.assert(
      fc.property(sql, dialect, (text, of) => {
        const once = redact(text, of);
        // A mask may touch what stood beside the literal, so only whole texts of certain meaning are compared.
        fc.pre(tokenize(text, of).uncertainFrom === null && tokenize(once, of).uncertainFrom === null);

        expect(tokenize(once, of).list.filter(({ kind }) => kind === 'string')).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(DIALECTS)('of %s cut anywhere keeps its secrets', (of) => {
    const texts = SECRETS.filter((row) => row.dialect === of);
    for (const { text, secrets } of texts) {
      for (let end = 0; end <= text.length; end++) {
        const redacted = redact(text.slice(0, end), of);
        for (const secret of secrets) expect(redacted).not.toContain(secret);
      }
    }
  });

  it.each([
    ['parentheses', '('],
    ['quotes', "'"],
    ['comments', '/*'],
    ['executed comments', '/*!'],
    ['dollar quotes', '$a$ $b$ '],
    ['cursors', 'DECLARE a CURSOR FOR '],
    ['explanations', 'EXPLAIN ANALYZE '],
    ['common table expressions', 'WITH a AS (DELETE FROM '],
    ['semicolons', ';'],
    ['blocks', 'CREATE PROCEDURE p BEGIN '],
    ['backslashes', '\\'],
    ['brackets', '['],
    ['delimited strings', "q'["],
    ['conditions', 'IF EXISTS (SELECT 1) '],
    ['batches', 'GO '],
    ['transactions', 'BEGIN TRAN '],
    ['options', 'EXPLAIN (ANALYZE, '],
    ['functions of a query', 'WITH FUNCTION f BEGIN '],
    ['waits', 'WAITFOR ('],
    ['cursors in cursors', 'DECLARE a CURSOR FOR ('],
    ['queries in queries', 'WITH ) ('],
    ['passwords', 'IDENTIFIED BY '],
    ['passwords of a list', 'GRANT a TO b IDENTIFIED BY p, '],
    ['money', '$1€'],
    ['digits', '1'],
    ['exponents', '1e'],
    ['calls', 'EXEC p a.'],
    ['names of procedures', 'p.'],
    ['parameters', 'SET a.b TO c, '],
    ['parts of a parameter', 'SET a.'],
    ['torn strings', "'a'b"],
    ['strings with a keyword', "'a'AND"],
    ['strings on a line of their own', "E'a'\n"],
    ['changes', 'WITH (DELETE FROM ) '],
    ['cases', 'CREATE PROCEDURE p CASE '],
    ['privileges', 'GRANT EXECUTE ON a '],
    ['tables of a query', 'WITH a AS (SELECT 1) '],
    ['sources', 'CREATE JAVA SOURCE AS '],
    ['objects', 'CREATE CREATE '],
    ['equals signs', 'PASSWORD = '],
    ['lists of options', 'OPTIONS (a '],
    ['arguments of triggers', 'EXECUTE FUNCTION f '],
    ['parameters of files', 'ACCESS PARAMETERS '],
    ['parameters of files in parentheses', 'ACCESS PARAMETERS ('],
    ['white space', ' \u00a0\u3000'],
  ])('a hundred thousand %s do no harm', (_name, piece) => {
    const text = piece.repeat(100_000);
    for (const of of DIALECTS) {
      expect(STATEMENT_CLASSES).toContain(classifyStatement(text, of).class);
      expect(typeof redact(text, of)).toBe('string');
    }
  });

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
  const origin = {
    streamArn: 'arn',
    resourceId: 'cluster-A',
    shardId: 'shardId-000000000000',
    sequenceNumber: '1',
    arrivalTime: '2026-03-01T12:00:00.000Z',
  };

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
      'type',
      'serverType',
      'class',
      'command',
      'commandText',
      'exitCode',
      'errorMessage',
      'logTime',
      'sessionId',
      'substatementId',
      'engineNativeAuditFields',
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
