/** A field's text; null where it holds none. */
export function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A field's text, null also where it is empty. */
export function readWord(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

const VERB = /^(?=.{1,40}$)[A-Za-z_][\w/-]*(?: [A-Za-z_][\w/-]*){0,4}$/;

/** A verb of a few words; null for anything else that a database may send in its place, such as a statement. */
export function readVerb(text: string | null): string | null {
  return text !== null && VERB.test(text) ? text : null;
}

/** An identifier or code as text, whether the database sent it as text or as a number. */
export function readId(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  return readText(value);
}

/** An exit code that says that something failed; null where it is 0, empty, or none. */
export function readErrorCode(value: unknown): string | null {
  const code = readId(value);
  return code === '' || code === '0' ? null : code;
}

export function readNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

const TIME =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[ T]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?$/;

/**
 * A database's time → ISO 8601 in UTC with its fraction kept, or null where it is unreadable. No offset means UTC.
 *
 * `Date` would read the text too, but drop the microseconds, and take a time without offset for a local one.
 */
export function readTime(value: unknown): string | null {
  const [, day, clock, fraction = '', sign, hours = '0', minutes = '0'] = TIME.exec(readText(value) ?? '') ?? [];
  if (day === undefined || !isInCalendar(day)) return null;
  const local = `${day}T${clock}`;
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const utc = offset === 0 ? local : new Date(Date.parse(`${local}Z`) - offset).toISOString();
  // Beyond the years 0 to 9999 the text is another, and no clock of a database.
  return offset === 0 || utc.length === 24 ? `${utc.slice(0, 19)}.${fraction.padEnd(6, '0')}Z` : null;
}

function isInCalendar(day: string): boolean {
  if (day.slice(8) <= '28') return true;
  const start = new Date(day);
  // 31 February is rolled over into March.
  return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(day);
}
