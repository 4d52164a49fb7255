import type { StatementClass } from '../activity.ts';
import { DIALECTS, type Dialect } from './dialects.ts';

/** Phrases by their class; complete, so that a new class has its place here. */
type PhrasesByClass = Readonly<Record<StatementClass, readonly string[]>>;

const NONE: PhrasesByClass = { DCL: [], DDL: [], DML: [], EXECUTE: [], UNKNOWN: [], DQL: [], TCL: [], MISC: [] };

/** What a statement begins with in any dialect. Verbs with rules of their own are in `statement.ts`. */
const COMMON_VERBS: PhrasesByClass = {
  ...NONE,
  DCL: ['GRANT', 'REVOKE'],
  DML: ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'],
  EXECUTE: ['EXECUTE'],
  TCL: ['COMMIT', 'ROLLBACK', 'SET TRANSACTION'],
  MISC: ['SET'],
};

/** What a dialect has beside them, or means otherwise. */
const VERBS_OF_DIALECT: Readonly<Record<Dialect, PhrasesByClass>> = {
  postgresql: {
    ...NONE,
    DDL: ['COMMENT', 'REFRESH MATERIALIZED VIEW', 'IMPORT FOREIGN SCHEMA', 'SECURITY LABEL', 'REASSIGN OWNED'],
    DML: ['MERGE'],
    EXECUTE: ['CALL', 'DO', 'PREPARE'],
    DQL: ['TABLE', 'VALUES', 'SHOW', 'FETCH'],
    TCL: [
      'BEGIN',
      'END',
      'START TRANSACTION',
      'ABORT',
      'SAVEPOINT',
      'RELEASE',
      'RELEASE SAVEPOINT',
      'PREPARE TRANSACTION',
      'COMMIT PREPARED',
      'ROLLBACK PREPARED',
      'SET LOCAL TRANSACTION',
      'SET SESSION TRANSACTION',
      'SET SESSION CHARACTERISTICS',
      'SET CONSTRAINTS',
      'LOCK',
      'LOCK TABLE',
    ],
    MISC: [
      'SET ROLE',
      'VACUUM',
      'ANALYZE',
      'ANALYSE',
      'REINDEX',
      'REPACK',
      'CLUSTER',
      'CHECKPOINT',
      'DISCARD',
      'RESET',
      'LISTEN',
      'NOTIFY',
      'UNLISTEN',
      'DEALLOCATE',
      'CLOSE',
      'MOVE',
      'LOAD',
    ],
  },
  mysql: {
    ...NONE,
    // BINLOG holds changes of rows.
    DCL: ['SET PASSWORD', 'SET DEFAULT ROLE', 'RENAME USER'],
    DDL: ['RENAME', 'RENAME TABLE', 'IMPORT TABLE'],
    DML: ['REPLACE', 'LOAD DATA', 'LOAD XML', 'BINLOG'],
    EXECUTE: ['CALL', 'DO', 'PREPARE'],
    DQL: ['TABLE', 'VALUES', 'SHOW', 'FETCH', 'HANDLER'],
    TCL: [
      'BEGIN',
      'END',
      'START TRANSACTION',
      'SAVEPOINT',
      'RELEASE SAVEPOINT',
      'SET LOCAL TRANSACTION',
      'SET SESSION TRANSACTION',
      'SET GLOBAL TRANSACTION',
      'LOCK',
      'LOCK TABLE',
      'LOCK TABLES',
      'UNLOCK',
      'UNLOCK TABLES',
      'XA',
    ],
    MISC: [
      'SET ROLE',
      'SET RESOURCE GROUP',
      'USE',
      'ANALYZE',
      'RESET',
      'DEALLOCATE',
      'CLOSE',
      'LOAD INDEX',
      'CACHE INDEX',
      'FLUSH',
      'KILL',
      'OPTIMIZE',
      'CHECK',
      'CHECKSUM',
      'REPAIR',
      'CHANGE',
      'START',
      'STOP',
      'INSTALL',
      'UNINSTALL',
      'CLONE',
      'HELP',
      'RESTART',
      'SHUTDOWN',
      'SIGNAL',
      'RESIGNAL',
      'GET DIAGNOSTICS',
      'GET CURRENT DIAGNOSTICS',
      'GET STACKED DIAGNOSTICS',
      'PURGE',
    ],
  },
  oracle: {
    ...NONE,
    // The manual counts the audit trail, keys, flashback and the recycle bin to the DDL.
    DDL: [
      'COMMENT',
      'RENAME',
      'ADMINISTER KEY MANAGEMENT',
      'ASSOCIATE STATISTICS',
      'AUDIT',
      'DISASSOCIATE STATISTICS',
      'FLASHBACK',
      'NOAUDIT',
      'PURGE',
    ],
    DML: ['MERGE'],
    EXECUTE: ['CALL', 'EXEC'],
    TCL: ['SAVEPOINT', 'SET CONSTRAINT', 'SET CONSTRAINTS', 'LOCK TABLE'],
    MISC: ['SET ROLE', 'ANALYZE'],
  },
  sqlserver: {
    ...NONE,
    DCL: ['DENY'],
    DDL: [
      'ADD SIGNATURE',
      'ADD COUNTER SIGNATURE',
      'ADD SENSITIVITY CLASSIFICATION',
      'DISABLE TRIGGER',
      'ENABLE TRIGGER',
      'RESTORE',
    ],
    DML: ['MERGE', 'BULK INSERT', 'RECEIVE', 'SEND', 'UPDATETEXT', 'WRITETEXT'],
    EXECUTE: ['CALL', 'EXEC'],
    DQL: ['FETCH', 'READTEXT'],
    TCL: ['BEGIN DISTRIBUTED TRAN', 'BEGIN DISTRIBUTED TRANSACTION', 'BEGIN TRAN', 'BEGIN TRANSACTION', 'SAVE'],
    MISC: [
      'BACKUP',
      'BEGIN',
      'BEGIN CATCH',
      'BEGIN TRY',
      'BREAK',
      'CHECKPOINT',
      'CLOSE',
      'CONTINUE',
      'DBCC',
      'DEALLOCATE',
      'ELSE',
      'END',
      'EXEC AS',
      'EXECUTE AS',
      'GET CONVERSATION GROUP',
      'GOTO',
      'IF',
      'KILL',
      'MOVE CONVERSATION',
      'OPEN',
      'PRINT',
      'RAISERROR',
      'RECONFIGURE',
      'RESTORE FILELISTONLY',
      'RESTORE HEADERONLY',
      'RESTORE LABELONLY',
      'RESTORE VERIFYONLY',
      'RETURN',
      'REVERT',
      'SETUSER',
      'SHUTDOWN',
      'THROW',
      'UPDATE STATISTICS',
      'USE',
      'WAITFOR',
      'WHILE',
    ],
  },
};

/** What CREATE, ALTER and DROP apply to, in any dialect, where it says more than the verb. */
const COMMON_OBJECTS: PhrasesByClass = {
  ...NONE,
  DCL: ['ROLE', 'USER'],
  DDL: [
    'AGGREGATE',
    'DATABASE',
    'FUNCTION',
    'INDEX',
    'PROCEDURE',
    'SCHEMA',
    'SEQUENCE',
    'SERVER',
    'TABLE',
    'TABLESPACE',
    'TRIGGER',
    'TYPE',
    'VIEW',
  ],
};

const OBJECTS_OF_DIALECT: Readonly<Record<Dialect, PhrasesByClass>> = {
  postgresql: {
    ...NONE,
    DCL: ['DEFAULT PRIVILEGES', 'GROUP'],
    DDL: [
      'ACCESS METHOD',
      'CAST',
      'COLLATION',
      'CONVERSION',
      'DOMAIN',
      'EVENT TRIGGER',
      'EXTENSION',
      'FOREIGN DATA WRAPPER',
      'FOREIGN TABLE',
      'LANGUAGE',
      'LARGE OBJECT',
      'MATERIALIZED VIEW',
      'OPERATOR',
      'OPERATOR CLASS',
      'OPERATOR FAMILY',
      'OWNED',
      'POLICY',
      'PUBLICATION',
      'ROUTINE',
      'RULE',
      'STATISTICS',
      'SUBSCRIPTION',
      'SYSTEM',
      'TEXT SEARCH CONFIGURATION',
      'TEXT SEARCH DICTIONARY',
      'TEXT SEARCH PARSER',
      'TEXT SEARCH TEMPLATE',
      'TRANSFORM',
      'USER MAPPING',
    ],
  },
  mysql: {
    ...NONE,
    DDL: ['EVENT', 'INSTANCE', 'LOGFILE GROUP', 'RESOURCE GROUP', 'SPATIAL REFERENCE SYSTEM', 'UNDO TABLESPACE'],
    // DROP PREPARE is a synonym of DEALLOCATE PREPARE.
    MISC: ['PREPARE'],
  },
  oracle: {
    ...NONE,
    // A profile holds the rules for an account's password.
    DCL: ['PROFILE'],
    DDL: [
      'ANALYTIC VIEW',
      'ATTRIBUTE DIMENSION',
      'AUDIT POLICY',
      'CLUSTER',
      'CONTEXT',
      'CONTROLFILE',
      'DATABASE DICTIONARY',
      'DATABASE LINK',
      'DIMENSION',
      'DIRECTORY',
      'DISKGROUP',
      'DOMAIN',
      'EDITION',
      'FLASHBACK ARCHIVE',
      'HIERARCHY',
      'INDEXTYPE',
      'INMEMORY JOIN GROUP',
      'JAVA',
      'LIBRARY',
      'LOCKDOWN PROFILE',
      'MATERIALIZED VIEW',
      'MATERIALIZED VIEW LOG',
      'MATERIALIZED ZONEMAP',
      'MLE ENV',
      'MLE MODULE',
      'OPERATOR',
      'OUTLINE',
      'PACKAGE',
      'PACKAGE BODY',
      'PFILE',
      'PLUGGABLE DATABASE',
      'PROPERTY GRAPH',
      'RESOURCE COST',
      'RESTORE POINT',
      'ROLLBACK SEGMENT',
      'SPFILE',
      'SQL TRANSLATION PROFILE',
      'SQL TXLN PROFILE',
      'SYNONYM',
      'SYSTEM',
      'TABLESPACE SET',
      'TYPE BODY',
    ],
    MISC: ['SESSION'],
  },
  sqlserver: {
    ...NONE,
    DCL: ['APPLICATION ROLE', 'AUTHORIZATION', 'CREDENTIAL', 'DATABASE SCOPED CREDENTIAL', 'LOGIN', 'SERVER ROLE'],
    DDL: [
      'ASSEMBLY',
      'ASYMMETRIC KEY',
      'AVAILABILITY GROUP',
      'BROKER PRIORITY',
      'CERTIFICATE',
      'COLUMN ENCRYPTION KEY',
      'COLUMN MASTER KEY',
      'CONTRACT',
      'COUNTER SIGNATURE',
      'CRYPTOGRAPHIC PROVIDER',
      'DATABASE AUDIT SPECIFICATION',
      'DATABASE ENCRYPTION KEY',
      'DATABASE SCOPED CONFIGURATION',
      'DEFAULT',
      'ENDPOINT',
      'EVENT NOTIFICATION',
      'EVENT SESSION',
      'EXTERNAL DATA SOURCE',
      'EXTERNAL FILE FORMAT',
      'EXTERNAL LANGUAGE',
      'EXTERNAL LIBRARY',
      'EXTERNAL MODEL',
      'EXTERNAL RESOURCE POOL',
      'EXTERNAL TABLE',
      'FULLTEXT CATALOG',
      'FULLTEXT INDEX',
      'FULLTEXT STOPLIST',
      'MASTER KEY',
      'MESSAGE TYPE',
      'PARTITION FUNCTION',
      'PARTITION SCHEME',
      'PROC',
      'QUEUE',
      'REMOTE SERVICE BINDING',
      'RESOURCE GOVERNOR',
      'RESOURCE POOL',
      'ROUTE',
      'RULE',
      'SEARCH PROPERTY LIST',
      'SECURITY POLICY',
      'SENSITIVITY CLASSIFICATION',
      'SERVER AUDIT',
      'SERVER AUDIT SPECIFICATION',
      'SERVER CONFIGURATION',
      'SERVICE',
      'SERVICE MASTER KEY',
      'SIGNATURE',
      'STATISTICS',
      'SYMMETRIC KEY',
      'SYNONYM',
      'WORKLOAD GROUP',
      'XML INDEX',
      'XML SCHEMA COLLECTION',
    ],
  },
};

/** A dialect's phrases and their classes. The longest phrase that fits decides. */
export type Phrases = ReadonlyMap<string, StatementClass>;

/** What a statement begins with. */
export const VERBS: Readonly<Record<Dialect, Phrases>> = ofEachDialect(COMMON_VERBS, VERBS_OF_DIALECT);

/** What CREATE, ALTER and DROP apply to. */
export const OBJECTS: Readonly<Record<Dialect, Phrases>> = ofEachDialect(COMMON_OBJECTS, OBJECTS_OF_DIALECT);

export interface Phrase {
  readonly phrase: string;
  readonly class: StatementClass;
}

/** The longest of the phrases that stands at this place; null where none does. */
export function longestPhrase(phrases: Phrases, words: readonly string[], at: number): Phrase | null {
  let phrase = '';
  let found: Phrase | null = null;
  for (let end = at; end < at + LONGEST_PHRASE && end < words.length; end++) {
    // SET transaction.x
    if (end > at && words[end + 1] === '.') break;
    phrase = end === at ? (words[end] as string) : `${phrase} ${words[end]}`;
    const phraseClass = phrases.get(phrase);
    if (phraseClass !== undefined) found = { phrase, class: phraseClass };
  }
  return found;
}

const LONGEST_PHRASE = 3;

/** How far behind CREATE the object's type can stand: MySQL's `ALGORITHM=… DEFINER=…@… SQL SECURITY … VIEW`. */
const MOST_MODIFIERS = 16;

/** What the CREATE, ALTER or DROP at this place applies to, and where that is said; null where no type of object is found. */
export function findObject(words: readonly string[], verb: number, dialect: Dialect): (Phrase & { at: number }) | null {
  for (let at = verb + 1; at <= verb + MOST_MODIFIERS && at < words.length && words[at] !== '('; at++) {
    if (words[at] === 'DEFINER' && words[at + 1] === '=') {
      // DEFINER = user, user@host, or CURRENT_USER()
      at += words[at + 3] === '@' || words[at + 3] === '(' ? 4 : 2;
      continue;
    }
    const object = longestPhrase(OBJECTS[dialect], words, at);
    if (object !== null) return { ...object, at };
  }
  return null;
}

/** Phrases by class → each phrase with its class. Throws where a phrase has two. */
export function indexPhrases(phrases: Partial<PhrasesByClass>): Phrases {
  const entries = Object.entries(phrases).flatMap(([name, list]) =>
    list.map((phrase) => [phrase, name as StatementClass] as const),
  );
  const index = new Map(entries);
  if (index.size < entries.length) {
    const twice = entries.find(([phrase], at) => entries.findIndex(([other]) => other === phrase) < at);
    throw new Error(`The phrase ${twice?.[0]} stands twice in one list: leave it in one place.`);
  }
  return index;
}

function ofEachDialect(common: PhrasesByClass, special: Readonly<Record<Dialect, PhrasesByClass>>) {
  const entries = DIALECTS.map((dialect) => [
    dialect,
    new Map([...indexPhrases(common), ...indexPhrases(special[dialect])]),
  ]);
  return Object.fromEntries(entries) as Record<Dialect, Phrases>;
}
