/** How a database's SQL is written. */
export type Dialect = 'postgresql' | 'mysql' | 'oracle' | 'sqlserver';

/** What tells the dialects' tokens apart. */
export interface Lexis {
  /**
   * MySQL's `"…"` is a string unless ANSI_QUOTES is set, SQL Server's one where QUOTED_IDENTIFIER is off: where it may be
   * a string, it counts as one.
   */
  readonly doubleQuotes: 'identifier' | 'string';
  /** `name` in backticks. */
  readonly backticks: boolean;
  /** [name] */
  readonly brackets: boolean;
  /** Whether a backslash can escape a quote: behind E alone, or in every string, as the session says. */
  readonly backslashes: 'never' | 'behind E' | 'as the session says';
  readonly nestedComments: boolean;
  /** `#` begins a comment, `--` only with white space behind it, and `/*! … *\/` is run. */
  readonly mysqlComments: boolean;
  /** $tag$ … $tag$, and $1 is a parameter. */
  readonly dollarQuotes: boolean;
  /** q'[ … ]' */
  readonly quoteDelimiters: boolean;
  /** A name may begin with a digit. */
  readonly digitsBeginNames: boolean;
  /** Of `#` and `@`: what a name may begin with, and hold. */
  readonly nameMarks: string;
  /** $5 and €5 are numbers: the sign of a currency belongs to no name. */
  readonly currencySigns: boolean;
}

/**
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 * https://dev.mysql.com/doc/refman/8.4/en/language-structure.html
 * https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Basic-Elements-of-Oracle-SQL.html
 * https://learn.microsoft.com/en-us/sql/relational-databases/databases/database-identifiers
 */
export const LEXIS: Record<Dialect, Lexis> = {
  postgresql: {
    doubleQuotes: 'identifier',
    backticks: false,
    brackets: false,
    backslashes: 'behind E',
    nestedComments: true,
    mysqlComments: false,
    dollarQuotes: true,
    quoteDelimiters: false,
    digitsBeginNames: false,
    nameMarks: '',
    currencySigns: false,
  },
  mysql: {
    doubleQuotes: 'string',
    backticks: true,
    brackets: false,
    backslashes: 'as the session says',
    nestedComments: false,
    mysqlComments: true,
    dollarQuotes: false,
    quoteDelimiters: false,
    digitsBeginNames: true,
    nameMarks: '',
    currencySigns: false,
  },
  oracle: {
    doubleQuotes: 'identifier',
    backticks: false,
    brackets: false,
    backslashes: 'never',
    nestedComments: false,
    mysqlComments: false,
    dollarQuotes: false,
    quoteDelimiters: true,
    digitsBeginNames: false,
    nameMarks: '#',
    currencySigns: false,
  },
  sqlserver: {
    doubleQuotes: 'string',
    backticks: false,
    brackets: true,
    backslashes: 'never',
    nestedComments: true,
    mysqlComments: false,
    dollarQuotes: false,
    quoteDelimiters: false,
    digitsBeginNames: false,
    nameMarks: '#@',
    currencySigns: true,
  },
};

export const DIALECTS = Object.keys(LEXIS) as readonly Dialect[];
