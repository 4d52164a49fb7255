import type { Dialect } from './dialects.ts';
import { findObject } from './verbs.ts';
import { isOneOf, type Words } from './words.ts';

/** What holds code of its own: its CREATE does not run it. */
const STORED_CODE: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  postgresql: new Set(['FUNCTION', 'PROCEDURE']),
  mysql: new Set(['EVENT', 'FUNCTION', 'PROCEDURE', 'TRIGGER']),
  oracle: new Set([
    'FUNCTION',
    'JAVA',
    'LIBRARY',
    'MLE MODULE',
    'PACKAGE',
    'PACKAGE BODY',
    'PROCEDURE',
    'TRIGGER',
    'TYPE',
    'TYPE BODY',
  ]),
  sqlserver: new Set(['FUNCTION', 'PROC', 'PROCEDURE', 'TRIGGER', 'VIEW']),
};

/** Whether the statement at this place stores code. */
export function storesCode(words: Words, start: number, dialect: Dialect): boolean {
  if (!isOneOf(words[start], 'CREATE', 'ALTER')) return false;
  return STORED_CODE[dialect].has(findObject(words, start, dialect)?.phrase ?? '');
}
