import { describe, expect, it } from 'vitest';
import type { StatementClass } from '../../../src/activity.ts';
import { DIALECTS, type Dialect } from '../../../src/sql/dialects.ts';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { indexPhrases, longestPhrase, OBJECTS, VERBS } from '../../../src/sql/verbs.ts';

// Written by hand from the contract and the manuals, so that no row of the product's tables can be wrong unseen.
type Judgement = Partial<Record<StatementClass, string>>;

const VERBS_OF_ALL: Judgement = {
  DCL: 'GRANT, REVOKE, DENY, SET PASSWORD, SET DEFAULT ROLE, RENAME USER',
  DDL:
    'COMMENT, RENAME, RENAME TABLE, REFRESH MATERIALIZED VIEW, IMPORT FOREIGN SCHEMA, IMPORT TABLE, SECURITY LABEL, ' +
    'REASSIGN OWNED',
  DML: 'INSERT, UPDATE, DELETE, MERGE, REPLACE, TRUNCATE, LOAD DATA, LOAD XML',
  EXECUTE: 'CALL, DO, EXECUTE, EXEC, PREPARE',
  DQL: 'TABLE, VALUES, SHOW, FETCH, HANDLER',
  TCL:
    'START TRANSACTION, COMMIT, ROLLBACK, ABORT, SAVEPOINT, RELEASE, RELEASE SAVEPOINT, ' +
    'PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED, SET TRANSACTION, SET LOCAL TRANSACTION, ' +
    'SET SESSION TRANSACTION, SET GLOBAL TRANSACTION, SET SESSION CHARACTERISTICS, SET CONSTRAINT, SET CONSTRAINTS, ' +
    'LOCK, LOCK TABLE, LOCK TABLES, UNLOCK, UNLOCK TABLES, XA',
  MISC:
    'SET, SET ROLE, USE, VACUUM, ANALYZE, ANALYSE, REINDEX, REPACK, CLUSTER, CHECKPOINT, DISCARD, RESET, LISTEN, ' +
    'NOTIFY, UNLISTEN, DEALLOCATE, CLOSE, MOVE, LOAD, LOAD INDEX, CACHE INDEX, FLUSH, KILL, OPTIMIZE, CHECK, CHECKSUM, ' +
    'REPAIR, CHANGE, START, STOP, INSTALL, UNINSTALL, CLONE, HELP, RESTART, SHUTDOWN, SIGNAL, RESIGNAL, ' +
    'GET DIAGNOSTICS',
};

const VERBS_OF: Record<Dialect, Judgement> = {
  postgresql: { TCL: 'BEGIN, END' },
  mysql: {
    TCL: 'BEGIN, END',
    DML: 'BINLOG',
    MISC: 'PURGE, GET CURRENT DIAGNOSTICS, GET STACKED DIAGNOSTICS, SET RESOURCE GROUP',
  },
  oracle: {
    DDL: 'ADMINISTER KEY MANAGEMENT, ASSOCIATE STATISTICS, AUDIT, DISASSOCIATE STATISTICS, FLASHBACK, NOAUDIT, PURGE',
  },
  sqlserver: {
    DDL: 'ADD SIGNATURE, ADD COUNTER SIGNATURE, ADD SENSITIVITY CLASSIFICATION, DISABLE TRIGGER, ENABLE TRIGGER, RESTORE',
    DML: 'BULK INSERT, RECEIVE, SEND, UPDATETEXT, WRITETEXT',
    DQL: 'READTEXT',
    TCL: 'BEGIN DISTRIBUTED TRAN, BEGIN DISTRIBUTED TRANSACTION, BEGIN TRAN, BEGIN TRANSACTION, SAVE',
    MISC:
      'BACKUP, BEGIN, BEGIN CATCH, BEGIN TRY, BREAK, CONTINUE, DBCC, ELSE, END, EXEC AS, EXECUTE AS, ' +
      'GET CONVERSATION GROUP, GOTO, IF, MOVE CONVERSATION, OPEN, PRINT, RAISERROR, RECONFIGURE, RESTORE FILELISTONLY, ' +
      'RESTORE HEADERONLY, RESTORE LABELONLY, RESTORE VERIFYONLY, RETURN, REVERT, SETUSER, THROW, UPDATE STATISTICS, ' +
      'WAITFOR, WHILE',
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
