import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../src/sql/dialects.ts';
import { redact } from '../../../src/sql/redact.ts';
import { SECRETS } from '../../support/sql.ts';

describe.each(DIALECTS)('masking a text of %s', (dialect) => {
  const mask = () =>
    SECRETS.filter((row) => row.dialect === dialect).map((row) => ({ ...row, masked: redact(row.text, dialect) }));

  it('hides every literal, comment and password', () => {
    expect(mask().filter(({ secrets, masked }) => secrets.some((secret) => masked.includes(secret)))).toEqual([]);
  });

  it('leaves names, keywords and shape', () => {
    expect(mask().filter(({ keeps, masked }) => !keeps.every((word) => masked.includes(word)))).toEqual([]);
  });
});

it('every secret of the table stands in its text', () => {
  expect(SECRETS.filter(({ text, secrets }) => secrets.some((secret) => !text.includes(secret)))).toEqual([]);
});

describe('a masked text', () => {
  it.each([
    ['postgresql', "SELECT  a,\n\tb FROM t WHERE c='x'AND d=1.5e-3", 'SELECT a, b FROM t WHERE c=?AND d=?'],
    ['postgresql', "SELECT E'a\\'b', $1, $$x$$, 5", 'SELECT E?, $1, ?, ?'],
    ['postgresql', "SELECT 1 -- x\n, 'y", 'SELECT ? , ?'],
    ['postgresql', "ALTER ROLE eve PASSWORD 'x' VALID UNTIL 'y'", 'ALTER ROLE eve PASSWORD ? VALID UNTIL ?'],
    ['postgresql', 'ALTER ROLE eve PASSWORD NULL', 'ALTER ROLE eve PASSWORD NULL'],
    ['postgresql', 'SET app.token TO abc; SELECT abc', 'SET app.token TO ?; SELECT abc'],
    ['postgresql', 'SET app.token = abc', 'SET app.token = ?'],
    ['postgresql', 'SET search_path TO abc', 'SET search_path TO abc'],
    ['postgresql', 'SELECT password FROM users', 'SELECT password FROM users'],
    ['postgresql', 'CREATE USER eve PASSWORD "a b"', 'CREATE USER eve PASSWORD ?'],
    ['postgresql', "UPDATE t SET a = 'Tom'and Jerry' WHERE b = 1", 'UPDATE t SET a = ?'],
    ['postgresql', "UPDATE t SET a = 'the dogs' own dog's house' WHERE b = 1", 'UPDATE t SET a = ?'],
    ['postgresql', "SELECT a, 'Tom'and b FROM t", 'SELECT a, ?and b FROM t'],
    ['mysql', "UPDATE t SET a = 'it' 's', b = _utf8'c', d = 5'6", 'UPDATE t SET a = ? ?, b = _utf8 ?'],
    ['mysql', "INSERT INTO t VALUES ('a\\', ' secret # ')", 'INSERT INTO t VALUES ( ?'],
    ['mysql', "INSERT INTO t VALUES ('C:\\', ' secret -- ')", 'INSERT INTO t VALUES ( ?'],
    ['mysql', "INSERT INTO t VALUES ('a\\', ' secret /* ', /* n */ 5)", 'INSERT INTO t VALUES ( ?'],
    ['postgresql', "INSERT INTO t VALUES ('say \\' secret -- x')", 'INSERT INTO t VALUES ( ?'],
    ['postgresql', "UPDATE t SET a = 'Tom'and Jerry -- x' WHERE b = 1", 'UPDATE t SET a = ?'],
    ['mysql', "UPDATE t SET a = 'rock'or roll # 1'", 'UPDATE t SET a = ?'],
    ['sqlserver', "UPDATE t SET a = 'this'in Dublin -- he said'", 'UPDATE t SET a = ?'],
    ['mysql', "SELECT 'it\\'s', a -- comment\nFROM t", 'SELECT ?, a FROM t'],
    ['mysql', "SELECT a FROM t WHERE b = 'C:\\', c = ' walnut '", 'SELECT a FROM t WHERE b = ?'],
    ['postgresql', "SELECT a FROM t WHERE b = 'it\\' walnut'", 'SELECT a FROM t WHERE b = ?'],
    ['mysql', "UPDATE t SET a = 'it', b = 5'6 feet'", 'UPDATE t SET a = ?'],
    ['postgresql', 'SELECT password "x y" FROM t', 'SELECT password "x y" FROM t'],
    ['postgresql', 'UPDATE t SET password_hash = abc', 'UPDATE t SET password_hash = abc'],
    ['postgresql', 'SELECT secret abc, a.b TO c FROM t USING d', 'SELECT secret abc, a.b TO c FROM t USING d'],
    ['postgresql', 'GRANT a TO u PASSWORD xyz', 'GRANT a TO u PASSWORD ?'],
    ['postgresql', 'SELECT a /* b', 'SELECT a ?'],
    ['postgresql', 'SELECT a\\b', 'SELECT a ?'],
    ['postgresql', 'SELECT a -- b\rFROM t', 'SELECT a FROM t'],
    ['postgresql', 'SELECT 1E+5, 1e5, 1.5e-3, 0xFF', 'SELECT ?, ?, ?, ?'],
    ['postgresql', "'", '?'],
    ['postgresql', '', ''],
    ['mysql', 'SELECT `a`, "b", 2024_sales, 0xFF, 123abc.x', 'SELECT `a`, ?, 2024_sales, ?, 123abc.x'],
    ['mysql', 'SELECT a.2024_sales, `b`.1c, a.b FROM t', 'SELECT a.2024_sales, `b`.1c, a.b FROM t'],
    ['mysql', 'SELECT a -- b\r, c\n, d --e', 'SELECT a , d --e'],
    ['mysql', 'SELECT 1 --', 'SELECT ?'],
    ['mysql', 'START REPLICA PASSWORD xyz', 'START REPLICA PASSWORD ?'],
    ['mysql', 'SET PASSWORD xyz', 'SET PASSWORD ?'],
    ['mysql', 'UPDATE t SET password = a, b = c', 'UPDATE t SET password = ?, b = c'],
    [
      'mysql',
      'ALTER USER u PASSWORD HISTORY 5 PASSWORD REUSE INTERVAL 9 DAY',
      'ALTER USER u PASSWORD HISTORY ? PASSWORD REUSE INTERVAL ? DAY',
    ],
    ['mysql', 'ALTER USER u PASSWORD REQUIRE CURRENT OPTIONAL', 'ALTER USER u PASSWORD REQUIRE CURRENT OPTIONAL'],
    [
      'mysql',
      'CREATE USER u IDENTIFIED BY p; SELECT a FROM t ORDER BY b',
      'CREATE USER u IDENTIFIED BY ?; SELECT a FROM t ORDER BY b',
    ],
    ['mysql', 'SELECT identified FROM t ORDER BY b', 'SELECT identified FROM t ORDER BY b'],
    ['mysql', 'SELECT a AS b FROM t', 'SELECT a AS b FROM t'],
    ['mysql', "SELECT a /*!50001 + 'x' */ FROM t", 'SELECT a ?'],
    ['mysql', 'CREATE USER a IDENTIFIED BY RANDOM PASSWORD', 'CREATE USER a IDENTIFIED BY RANDOM PASSWORD'],
    ['mysql', 'CREATE USER a IDENTIFIED WITH p AS xyz, b', 'CREATE USER a IDENTIFIED WITH p AS ?, b'],
    ['mysql', "CREATE USER a IDENTIFIED BY PASSWORD 'x'", 'CREATE USER a IDENTIFIED BY PASSWORD ?'],
    ['mysql', 'SET PASSWORD = p@ss!; SELECT a = b', 'SET PASSWORD = ?; SELECT a = b'],
    ['mysql', 'SET PASSWORD FOR u = PASSWORD(xyz)', 'SET PASSWORD FOR u = PASSWORD(?)'],
    ['mysql', 'ALTER USER u PASSWORD EXPIRE', 'ALTER USER u PASSWORD EXPIRE'],
    [
      'mysql',
      'CHANGE MASTER TO MASTER_PASSWORD=xyz, MASTER_PORT=abc',
      'CHANGE MASTER TO MASTER_PASSWORD=?, MASTER_PORT=abc',
    ],
    ['oracle', "SELECT q'[it's]', nq'<x>', a# FROM t$", 'SELECT q?, nq?, a# FROM t$'],
    ['oracle', 'GRANT a TO u, v IDENTIFIED BY p, q', 'GRANT a TO u, v IDENTIFIED BY ?, ?'],
    ['oracle', 'GRANT a TO u IDENTIFIED BY p; SELECT a, b FROM t', 'GRANT a TO u IDENTIFIED BY ?; SELECT a, b FROM t'],
    ['oracle', 'ALTER USER u IDENTIFIED BY p REPLACE q', 'ALTER USER u IDENTIFIED BY ? REPLACE ?'],
    ['oracle', 'CREATE OR REPLACE VIEW v AS SELECT a FROM t', 'CREATE OR REPLACE VIEW v AS SELECT a FROM t'],
    ['oracle', "ALTER USER u IDENTIFIED BY VALUES 'S:x'", 'ALTER USER u IDENTIFIED BY VALUES ?'],
    [
      'oracle',
      'CREATE DATABASE LINK l CONNECT TO u IDENTIFIED BY p AUTHENTICATED BY v',
      'CREATE DATABASE LINK l CONNECT TO u IDENTIFIED BY ? AUTHENTICATED BY v',
    ],
    [
      'oracle',
      'ALTER PLUGGABLE DATABASE d UNPLUG INTO f ENCRYPT USING xyz',
      'ALTER PLUGGABLE DATABASE d UNPLUG INTO f ENCRYPT USING ?',
    ],
    [
      'oracle',
      'CREATE PLUGGABLE DATABASE d USING f DECRYPT USING xyz',
      'CREATE PLUGGABLE DATABASE d USING f DECRYPT USING ?',
    ],
    [
      'oracle',
      'ADMINISTER KEY MANAGEMENT ADD SECRET xyz FOR CLIENT c',
      'ADMINISTER KEY MANAGEMENT ADD SECRET ? FOR CLIENT c',
    ],
    ['oracle', 'ALTER USER u IDENTIFIED BY p DEFAULT ROLE a, b', 'ALTER USER u IDENTIFIED BY ? DEFAULT ROLE a, b'],
    ['oracle', 'SELECT a FROM t ORDER BY b', 'SELECT a FROM t ORDER BY b'],
    ['oracle', 'SELECT a.b, 1..2, 1FROM', 'SELECT a.b, ?.?, ?'],
    ['sqlserver', 'SELECT [a]]b], "c", $5, €6, @d, #e, N\'x\'', 'SELECT [a]]b], ?, $?, €?, @d, #e, N?'],
    ['sqlserver', 'SELECT a FROM t WHERE b = 0xAB\\\nCD', 'SELECT a FROM t WHERE b = ? ?'],
    [
      'sqlserver',
      "CREATE CREDENTIAL c WITH IDENTITY = 'x', SECRET = y",
      'CREATE CREDENTIAL c WITH IDENTITY = ?, SECRET = ?',
    ],
  ] as const)('of %s: %s', (dialect, text, masked) => {
    expect(redact(text, dialect)).toBe(masked);
  });

  it('is one mask where the dialect is not known', () => {
    expect(redact('SELECT secret FROM t', null)).toBe('?');
  });
});
