import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../src/sql/dialects.ts';
import { redact } from '../../../src/sql/redact.ts';
import { classifyStatement } from '../../../src/sql/statement.ts';

// Each word of the rules' lists once, written by hand, so that none can be wrong or lost unseen.
const listed = (words: string): readonly string[] => words.split(' ');

function expectMasked(dialect: Dialect, words: readonly string[], write: (word: string) => readonly [string, string]) {
  const rows = words.map(write);

  expect(rows.map(([text]) => redact(text, dialect))).toEqual(rows.map(([, masked]) => masked));
}

describe('beside a string that nothing separates from it', () => {
  const KEYWORDS = listed(
    'AND AS BETWEEN BY COLLATE COMMENT DEFAULT ELSE END ESCAPE FROM GROUP HAVING ILIKE IN INTO IS LIKE LIMIT NOT ON OR ORDER ' +
      'REGEXP RLIKE SELECT SEPARATOR THEN TO UNION USING VALUES WHEN WHERE WITH XOR',
  );
  const TYPES = listed(
    'B D DATE E INET INTERVAL JSON JSONB N T TIME TIMESTAMP TIMESTAMPTZ TIMETZ TS UUID X ZONE _utf8',
  );

  it('a keyword is a keyword', () => {
    expectMasked('postgresql', KEYWORDS, (word) => [`SELECT 'a'${word} b, c`, `SELECT ?${word} b, c`]);
    expectMasked('postgresql', KEYWORDS, (word) => [`SELECT 'a' ${word}'b', c`, `SELECT ? ${word}?, c`]);
  });

  it('a type is a type', () => {
    expectMasked('postgresql', TYPES, (word) => [`SELECT 'a', ${word}'b', c`, `SELECT ?, ${word}?, c`]);
  });

  it('any other word makes it uncertain', () => {
    expectMasked('postgresql', ['Brien', 'xyz', 'x5'], (word) => [`SELECT a, 'O'${word} c, d`, 'SELECT a, ?']);
    expectMasked('postgresql', ['Brien', 'xyz', '5'], (word) => [`SELECT a, 'O', ${word}'c' d`, 'SELECT a, ?']);
  });
});

describe('a character', () => {
  const HEX = (codes: string) => listed(codes).map((code) => String.fromCharCode(Number.parseInt(code, 16)));

  it('is white space in one server or another', () => {
    const spaces = HEX(
      '9 a b c d 20 85 a0 1680 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200a 2028 2029 202f 205f 3000 feff',
    );

    expect(spaces.map((space) => classifyStatement(`DROP${space}TABLE t`, 'mysql').class)).toEqual(
      spaces.map(() => 'DDL'),
    );
  });

  it('is no white space', () => {
    const letters = HEX('180e 200b 200c 200d 2060 e9 65e5');

    expect(letters.map((letter) => classifyStatement(`DROP${letter}TABLE t`, 'mysql').class)).toEqual(
      letters.map(() => 'UNKNOWN'),
    );
  });

  it('may have been a quote', () => {
    const quotes = HEX('b4 2b9 2ba 2bb 2bc 2018 2019 201a 201b 201c 201d 201e 201f 2032 2033 ff02 ff07');

    expectMasked('mysql', quotes, (quote) => [`SELECT a, b${quote}x, c`, 'SELECT a, b ?']);
  });
});

describe('PASSWORD', () => {
  it('wants no password before these words', () => {
    const words = listed('EXPIRE FILE FOR FROM HISTORY IDENTIFIED NULL OPTIONAL RANDOM REQUIRE REUSE');

    expectMasked('mysql', words.toSpliced(5, 1), (word) => {
      const text = `ALTER USER u PASSWORD ${word} a`;
      return [text, text];
    });
  });

  it('is a clause of these statements', () => {
    const statements = [
      'CREATE USER u',
      'ALTER ROLE u',
      'GRANT a TO u',
      'START REPLICA',
      'CHANGE MASTER TO',
      'CLONE a',
    ];
    const others = ['OPEN MASTER KEY DECRYPTION BY', 'BACKUP MASTER KEY', 'RESTORE MASTER KEY', 'ADMINISTER KEY'];

    expectMasked('mysql', [...statements, ...others], (begin) => [`${begin} PASSWORD abc`, `${begin} PASSWORD ?`]);
  });

  it('is a name in these', () => {
    const verbs = ['SELECT a,', 'INSERT INTO t SELECT', 'UPDATE t SET a =', 'DELETE FROM', 'MERGE INTO', 'ANALYZE'];
    const objects: readonly (readonly [Dialect, string])[] = [
      ['postgresql', 'AGGREGATE|DOMAIN|FOREIGN TABLE|FUNCTION|INDEX|MATERIALIZED VIEW|POLICY|PROCEDURE|PUBLICATION'],
      ['postgresql', 'RULE|STATISTICS|TABLE|TRIGGER|TYPE|VIEW'],
      ['mysql', 'EVENT|FUNCTION|PROCEDURE|TABLE|TRIGGER|VIEW'],
      ['oracle', 'MATERIALIZED VIEW LOG|PACKAGE|PACKAGE BODY|TYPE BODY'],
      ['sqlserver', 'EXTERNAL TABLE|FULLTEXT INDEX|PROC|XML INDEX'],
    ];
    const same = (text: string) => [text, text] as const;

    expectMasked('mysql', verbs, (begin) => same(`${begin} password abc`));
    for (const [dialect, names] of objects) {
      expectMasked(dialect, names.split('|'), (name) => same(`CREATE ${name} x (password abc)`));
    }
  });

  it('is compared with no password where one of these words follows', () => {
    const words = listed('ALL ANY CASE CURRENT_USER DEFAULT EXISTS FALSE NOT NULL SELECT SOME TRUE');

    expectMasked('postgresql', words, (word) => {
      const text = `SELECT a FROM t WHERE password = ${word} b`;
      return [text, text];
    });
    expectMasked('postgresql', ['abc'], (word) => [
      `SELECT 1 WHERE password = ${word} b`,
      'SELECT ? WHERE password = ? b',
    ]);
  });

  it('may be a part of a name', () => {
    const names = listed('PASSWORD MY_SECRET pwd KEY_SOURCE IDENTITY_VALUE authentication_string');

    expectMasked('mysql', names, (name) => [`UPDATE t SET ${name} = abc`, `UPDATE t SET ${name} = ?`]);
  });

  it('stands behind IDENTIFIED in one of these ways', () => {
    const same = listed('EXTERNALLY GLOBALLY WITH VIA');

    expectMasked('oracle', same, (word) => [
      `CREATE USER u IDENTIFIED ${word} abc`,
      `CREATE USER u IDENTIFIED ${word} abc`,
    ]);
    expectMasked('mysql', ['AS', 'BY', 'USING'], (word) => [
      `CREATE USER u IDENTIFIED ${word} abc`,
      `CREATE USER u IDENTIFIED ${word} ?`,
    ]);
    expectMasked('mysql', ['abc'], (word) => [`CREATE USER u IDENTIFIED ${word}`, 'CREATE USER u IDENTIFIED ?']);
  });

  it('may be a parameter of PostgreSQL', () => {
    const names = listed('primary_conninfo archive_command ssl_passphrase_command my_secret a.b');

    expectMasked('postgresql', names, (name) => [`ALTER SYSTEM SET ${name} = abc`, `ALTER SYSTEM SET ${name} = ?`]);
  });
});

describe('in Transact-SQL', () => {
  const BEGINNINGS = listed(
    'ALTER BEGIN BULK COMMIT CREATE DELETE DENY DROP FETCH GRANT IF INSERT MERGE READTEXT RESTORE REVOKE ROLLBACK SAVE ' +
      'SELECT SET TRUNCATE UPDATE UPDATETEXT WAITFOR WHILE WRITETEXT',
  );
  const HARMLESS = listed(
    'BACKUP BREAK CHECKPOINT CLOSE CONTINUE DBCC DEALLOCATE DECLARE GOTO KILL OPEN PRINT RAISERROR RECONFIGURE RETURN ' +
      'REVERT SETUSER SHUTDOWN USE',
  );
  const OTHERS = listed('ELSE END FROM INTO WHERE WITH');

  it('these words end the arguments of a call', () => {
    expectMasked('sqlserver', [...BEGINNINGS, ...HARMLESS, ...OTHERS], (word) => [
      `CREATE PROC q AS EXEC p a, b ${word} c`,
      `CREATE PROC q AS EXEC p ?, ? ${word} c`,
    ]);
  });

  it('a statement that begins with one of these is no call', () => {
    const words = [...BEGINNINGS, ...HARMLESS, ...listed('ADD DISABLE ENABLE GET MOVE RECEIVE SEND THROW')];

    expectMasked('sqlserver', words, (word) => [`${word} a`, `${word} a`]);
    expectMasked('sqlserver', ['myproc', 'help', '#p', '[p]', 'é'], (word) => [`${word} a`, `${word} ?`]);
  });

  it('a batch ends before these words', () => {
    const texts = [...BEGINNINGS, ...HARMLESS, 'EXEC', 'EXECUTE', 'sp_p'].map(
      (word) => `CREATE PROC p AS SELECT 1 GO ${word} x; DROP USER u`,
    );

    expect(texts.map((text) => classifyStatement(text, 'sqlserver').class)).toEqual(texts.map(() => 'DCL'));
    expect(classifyStatement('CREATE PROC p AS SELECT go FROM t; DROP USER u', 'sqlserver').class).toBe('DDL');
  });
});

describe('in a routine of MySQL', () => {
  it('these words stand before a thing that is called begin', () => {
    const heads = [
      'CREATE PROCEDURE begin() SELECT 1',
      'CREATE FUNCTION begin() RETURNS INT RETURN 1',
      'CREATE TRIGGER begin BEFORE INSERT ON t FOR EACH ROW SET @a = 1',
      'CREATE EVENT begin ON SCHEDULE EVERY 1 DAY DO SET @a = 1',
      'CREATE PROCEDURE IF NOT EXISTS begin() SELECT 1',
      'CREATE TRIGGER t BEFORE INSERT ON begin FOR EACH ROW SET @a = 1',
      'CREATE PROCEDURE s.begin() SELECT 1',
      'CREATE PROCEDURE p() SET begin = 1',
      'CREATE PROCEDURE p() FETCH c INTO begin',
    ];

    expect(heads.map((head) => classifyStatement(`${head}; DROP USER u`, 'mysql').class)).toEqual(
      heads.map(() => 'DCL'),
    );
  });

  it('behind these words a block begins', () => {
    const heads = [
      'CREATE TRIGGER t BEFORE DELETE ON u FOR EACH ROW',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS (SELECT 1) DO',
      'CREATE PROCEDURE p() IF (SELECT 1) THEN',
      'CREATE PROCEDURE p() CASE WHEN (SELECT 1) THEN SELECT 1; ELSE',
      'CREATE PROCEDURE p() LOOP',
      'CREATE PROCEDURE p() REPEAT',
      'CREATE PROCEDURE p() l:',
      'CREATE PROCEDURE p() WHILE (SELECT 1) DO',
    ];

    const given = heads.map((head) => classifyStatement(`${head} BEGIN SELECT 1; DROP USER u; END`, 'mysql').class);

    expect(given).toEqual(heads.map(() => 'DDL'));
  });
});

describe('the code that CREATE stores is not run', () => {
  it.each<[Dialect, string, string]>([
    ['postgresql', 'FUNCTION|PROCEDURE', 'x() BEGIN ATOMIC SELECT 1; DROP USER u; END'],
    ['mysql', 'EVENT|FUNCTION|PROCEDURE|TRIGGER', 'x() BEGIN SELECT 1; DROP USER u; END'],
    [
      'oracle',
      'FUNCTION|JAVA|LIBRARY|MLE MODULE|PACKAGE|PACKAGE BODY|PROCEDURE|TRIGGER|TYPE|TYPE BODY',
      'x AS a; DROP USER u;',
    ],
    ['sqlserver', 'FUNCTION|PROC|PROCEDURE|TRIGGER|VIEW', 'x AS SELECT 1 DROP USER u'],
  ])('of %s: %s', (dialect, objects, rest) => {
    const classify = (object: string) =>
      ['CREATE', 'ALTER'].map((verb) => classifyStatement(`${verb} ${object} ${rest}`, dialect).class);

    for (const object of objects.split('|')) expect([object, ...classify(object)]).toEqual([object, 'DDL', 'DDL']);
    expect(classify('TABLE')).toEqual(['DCL', 'DCL']);
  });
});
