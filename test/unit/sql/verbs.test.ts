import { describe, expect, it } from 'vitest';
import type { StatementClass } from '../../../src/activity.ts';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { OBJECTS, VERBS } from '../../../src/sql/verbs.ts';

// Written by hand from the contract and the manuals, so that no row of the product's tables can be wrong unseen.
const VERB_CLASSES: Partial<Record<StatementClass, string>> = {
  DCL: 'GRANT, REVOKE, DENY, SET PASSWORD, SET DEFAULT ROLE, RENAME USER',
  DDL:
    'COMMENT, RENAME, RENAME TABLE, REFRESH MATERIALIZED VIEW, IMPORT FOREIGN SCHEMA, IMPORT TABLE, SECURITY LABEL, ' +
    'REASSIGN OWNED',
  DML: 'INSERT, UPDATE, DELETE, MERGE, REPLACE, TRUNCATE, LOAD DATA, LOAD XML',
  EXECUTE: 'CALL, DO, EXECUTE, EXEC, PREPARE',
  DQL: 'TABLE, VALUES, SHOW, FETCH, HANDLER',
  TCL:
    'BEGIN, START TRANSACTION, COMMIT, ROLLBACK, END, ABORT, SAVEPOINT, RELEASE, RELEASE SAVEPOINT, ' +
    'PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED, SET TRANSACTION, SET LOCAL TRANSACTION, ' +
    'SET SESSION TRANSACTION, SET GLOBAL TRANSACTION, SET SESSION CHARACTERISTICS, LOCK, LOCK TABLE, LOCK TABLES, ' +
    'UNLOCK, UNLOCK TABLES, XA',
  MISC:
    'SET, USE, VACUUM, ANALYZE, ANALYSE, REINDEX, CLUSTER, CHECKPOINT, DISCARD, RESET, LISTEN, NOTIFY, UNLISTEN, ' +
    'DEALLOCATE, CLOSE, MOVE, LOAD, LOAD INDEX, CACHE INDEX, FLUSH, KILL, OPTIMIZE, CHECK, CHECKSUM, REPAIR, PURGE, ' +
    'CHANGE, START, STOP, INSTALL, UNINSTALL, BINLOG, CLONE, HELP, RESTART, SHUTDOWN, SIGNAL, RESIGNAL, GET DIAGNOSTICS',
};
const OBJECT_CLASSES: Partial<Record<StatementClass, string>> = {
  DCL: 'USER, ROLE, LOGIN, GROUP, DEFAULT PRIVILEGES',
  MISC: 'PREPARE',
};

const rowsOf = (classes: Partial<Record<StatementClass, string>>) =>
  Object.entries(classes).flatMap(([name, phrases]) => phrases.split(', ').map((phrase) => [phrase, name] as const));

describe('the tables of the vocabulary', () => {
  it('hold the verbs that are judged here, and no others', () => {
    expect([...VERBS.keys()].sort()).toEqual(
      rowsOf(VERB_CLASSES)
        .map(([phrase]) => phrase)
        .sort(),
    );
  });

  it.each(rowsOf(VERB_CLASSES))('%s is %s', (phrase, name) => {
    expect(classifyStatement(`${phrase} x`, 'mysql')).toEqual({ class: name, action: phrase });
  });

  it('make CREATE, ALTER and DROP structure changes, but of accounts and prepared statements', () => {
    const expected = new Map<string, string>(rowsOf(OBJECT_CLASSES));

    for (const phrase of OBJECTS.keys()) {
      for (const verb of ['CREATE', 'ALTER', 'DROP']) {
        const statement = classifyStatement(`${verb} ${phrase} x`, 'postgresql');
        expect(statement).toEqual({ class: expected.get(phrase) ?? 'DDL', action: `${verb} ${phrase}` });
      }
    }
    expect([...OBJECTS.keys()]).toEqual(expect.arrayContaining([...expected.keys()]));
  });
});
