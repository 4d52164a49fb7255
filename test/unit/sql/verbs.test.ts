import { describe, expect, it } from 'vitest';
import type { StatementClass } from '../../../src/activity.ts';
import { DIALECTS, type Dialect } from '../../../src/sql/dialects.ts';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { indexPhrases, longestPhrase, OBJECTS, VERBS } from '../../../src/sql/verbs.ts';

// Written by hand from the contract and the manuals, so that no row of the product's tables can be wrong unseen.
type Judgement = Partial<Record<StatementClass, string>>;

const VERBS_OF_ALL: Judgement = {
  DCL: 'GRANT, REVOKE',
  DML: 'INSERT, UPDATE, DELETE, TRUNCATE',
  EXECUTE: 'EXECUTE',
  TCL: 'COMMIT, ROLLBACK, SET TRANSACTION',
  MISC: 'SET',
};

const VERBS_OF: Record<Dialect, Judgement> = {
  postgresql: {
    DDL: 'COMMENT, REFRESH MATERIALIZED VIEW, IMPORT FOREIGN SCHEMA, SECURITY LABEL, REASSIGN OWNED',
    DML: 'MERGE',
    EXECUTE: 'CALL, DO, PREPARE',
    DQL: 'TABLE, VALUES, SHOW, FETCH',
    TCL: 'BEGIN, END, START TRANSACTION, ABORT, SAVEPOINT, RELEASE, RELEASE SAVEPOINT, PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED, SET LOCAL TRANSACTION, SET SESSION TRANSACTION, SET SESSION CHARACTERISTICS, SET CONSTRAINTS, LOCK, LOCK TABLE',
    MISC: 'SET ROLE, VACUUM, ANALYZE, ANALYSE, REINDEX, REPACK, CLUSTER, CHECKPOINT, DISCARD, RESET, LISTEN, NOTIFY, UNLISTEN, DEALLOCATE, CLOSE, MOVE, LOAD',
  },
  mysql: {
    DCL: 'SET PASSWORD, SET DEFAULT ROLE, RENAME USER',
    DDL: 'RENAME, RENAME TABLE, IMPORT TABLE',
    DML: 'REPLACE, LOAD DATA, LOAD XML, BINLOG',
    EXECUTE: 'CALL, DO, PREPARE',
    DQL: 'TABLE, VALUES, SHOW, FETCH, HANDLER',
    TCL: 'BEGIN, END, START TRANSACTION, SAVEPOINT, RELEASE SAVEPOINT, SET LOCAL TRANSACTION, SET SESSION TRANSACTION, SET GLOBAL TRANSACTION, LOCK, LOCK TABLE, LOCK TABLES, UNLOCK, UNLOCK TABLES, XA',
    MISC: 'SET ROLE, SET RESOURCE GROUP, USE, ANALYZE, RESET, DEALLOCATE, CLOSE, LOAD INDEX, CACHE INDEX, FLUSH, KILL, OPTIMIZE, CHECK, CHECKSUM, REPAIR, CHANGE, START, STOP, INSTALL, UNINSTALL, CLONE, HELP, RESTART, SHUTDOWN, SIGNAL, RESIGNAL, GET DIAGNOSTICS, GET CURRENT DIAGNOSTICS, GET STACKED DIAGNOSTICS, PURGE',
  },
  oracle: {
    DDL: 'COMMENT, RENAME, ADMINISTER KEY MANAGEMENT, ASSOCIATE STATISTICS, AUDIT, DISASSOCIATE STATISTICS, FLASHBACK, NOAUDIT, PURGE',
    DML: 'MERGE',
    EXECUTE: 'CALL, EXEC',
    TCL: 'SAVEPOINT, SET CONSTRAINT, SET CONSTRAINTS, LOCK TABLE',
    MISC: 'SET ROLE, ANALYZE',
  },
  sqlserver: {
    DCL: 'DENY',
    DDL: 'ADD SIGNATURE, ADD COUNTER SIGNATURE, ADD SENSITIVITY CLASSIFICATION, DISABLE TRIGGER, ENABLE TRIGGER, RESTORE',
    DML: 'MERGE, BULK INSERT, RECEIVE, SEND, UPDATETEXT, WRITETEXT',
    EXECUTE: 'CALL, EXEC',
    DQL: 'FETCH, READTEXT',
    TCL: 'BEGIN DISTRIBUTED TRAN, BEGIN DISTRIBUTED TRANSACTION, BEGIN TRAN, BEGIN TRANSACTION, SAVE',
    MISC: 'BACKUP, BEGIN, BEGIN CATCH, BEGIN TRY, BREAK, CHECKPOINT, CLOSE, CONTINUE, DBCC, DEALLOCATE, ELSE, END, EXEC AS, EXECUTE AS, GET CONVERSATION GROUP, GOTO, IF, KILL, MOVE CONVERSATION, OPEN, PRINT, RAISERROR, RECONFIGURE, RESTORE FILELISTONLY, RESTORE HEADERONLY, RESTORE LABELONLY, RESTORE VERIFYONLY, RETURN, REVERT, SETUSER, SHUTDOWN, THROW, UPDATE STATISTICS, USE, WAITFOR, WHILE',
  },
};

/** Whatever is not here is a structure of the database. */
const ACCOUNTS_AND_OTHERS: Record<Dialect, Judgement> = {
  postgresql: { DCL: 'ROLE, USER, GROUP, DEFAULT PRIVILEGES' },
  mysql: { DCL: 'ROLE, USER', MISC: 'PREPARE' },
  oracle: { DCL: 'ROLE, USER, PROFILE', MISC: 'SESSION' },
  sqlserver: {
    DCL: 'ROLE, USER, APPLICATION ROLE, AUTHORIZATION, CREDENTIAL, DATABASE SCOPED CREDENTIAL, LOGIN, SERVER ROLE',
  },
};

const rowsOf = (...judgements: readonly Judgement[]) =>
  judgements.flatMap((judgement) =>
    Object.entries(judgement).flatMap(([name, phrases]) =>
      phrases.split(', ').map((phrase) => [phrase, name] as const),
    ),
  );

describe.each(DIALECTS)('the vocabulary of %s', (dialect) => {
  // What a dialect means otherwise comes last, and counts.
  const verbs = [...new Map(rowsOf(VERBS_OF_ALL, VERBS_OF[dialect]))];
  const others = new Map<string, string>(rowsOf(ACCOUNTS_AND_OTHERS[dialect]));

  it('has the verbs that are judged here, and no others', () => {
    expect([...VERBS[dialect].keys()].sort()).toEqual(verbs.map(([phrase]) => phrase).sort());
  });

  it('gives each verb the class that it has here', () => {
    const given = verbs.map(([phrase]) => classifyStatement(`${phrase} x`, dialect));

    expect(given).toEqual(verbs.map(([phrase, name]) => ({ class: name, action: phrase })));
  });

  it('has every account', () => {
    expect([...OBJECTS[dialect].keys()]).toEqual(expect.arrayContaining([...others.keys()]));
  });

  it('makes CREATE, ALTER and DROP of anything else a change of structure', () => {
    const changes = [...OBJECTS[dialect].keys()].flatMap((phrase) =>
      ['CREATE', 'ALTER', 'DROP'].map((verb) => ({ phrase, action: `${verb} ${phrase}` })),
    );

    const given = changes.map(({ action }) => classifyStatement(`${action} FOR x`, dialect));

    expect(given).toEqual(changes.map(({ phrase, action }) => ({ class: others.get(phrase) ?? 'DDL', action })));
  });

  it('loses no phrase: each is found where it stands', () => {
    for (const vocabulary of [VERBS[dialect], OBJECTS[dialect]]) {
      for (const phrase of vocabulary.keys()) {
        expect(longestPhrase(vocabulary, ['X', ...phrase.split(' '), 'X'], 1)?.phrase).toBe(phrase);
      }
    }
  });
});

describe('a list of phrases', () => {
  it('gives each phrase its class', () => {
    const index = indexPhrases({ DML: ['UPDATE', 'UPDATE A'], MISC: ['SET'] });

    expect([...index]).toEqual([
      ['UPDATE', 'DML'],
      ['UPDATE A', 'DML'],
      ['SET', 'MISC'],
    ]);
  });

  it.each([{ DML: ['LOAD', 'SET'], MISC: ['SET'] }, { DML: ['LOAD', 'SET', 'SET'] }])('has none twice: %j', (lists) => {
    expect(() => indexPhrases(lists)).toThrow('The phrase SET stands twice in one list: leave it in one place.');
  });

  it('ends before what a dot follows: that is a name', () => {
    const words = ['SET', 'TRANSACTION', '.', 'X'];

    expect(longestPhrase(VERBS.postgresql, words, 0)?.phrase).toBe('SET');
    expect(longestPhrase(VERBS.postgresql, ['BACKUP', '.', 'X'], 0)).toBeNull();
    expect(longestPhrase(VERBS.sqlserver, ['BACKUP', '.', 'X'], 0)?.phrase).toBe('BACKUP');
  });
});
