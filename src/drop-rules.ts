import type { Activity, Engine } from './activity.ts';
import { compilePattern, validatePattern } from './patterns/pattern.ts';

/** A rule that drops events: an EventBridge pattern over the flat fields of the archive line. */
export interface DropRule {
  /** What dropped events are counted under. */
  readonly name: string;
  readonly matches: (activity: Activity) => boolean;
}

/** What events are counted under that no configured class keeps: no rule may have this name. */
export const NO_CLASS = 'class';

/** The service's own users, by engine: elsewhere the same name may be anybody's. */
const SERVICE_USERS: Readonly<Record<Engine, readonly string[]>> = {
  'aurora-postgresql': ['rdsadmin'],
  'aurora-mysql': ['rdsadmin', 'rdsproxyadmin'],
  oracle: ['rdsadmin', 'rdssec'],
  sqlserver: ['rdssec'],
  unknown: [],
};

/**
 * Drops what the service's own users do. A refused login is kept: there the user's name is only what the client claims.
 */
export const DEFAULT_DROP_RULES = JSON.stringify([
  {
    name: 'service-users',
    pattern: {
      class: [{ 'anything-but': 'AUTH_FAILURE' }],
      $or: Object.entries(SERVICE_USERS)
        .filter(([, users]) => users.length > 0)
        .map(([engine, users]) => ({
          engine: [engine],
          user: users.map((user) => ({ 'equals-ignore-case': user })),
        })),
    },
  },
]);

// Complete by type: a field added to the archive line does not compile until it is named here.
const MATCHABLE: Record<keyof Activity, true> = {
  eventId: true,
  class: true,
  statementClass: true,
  action: true,
  outcome: true,
  auxiliary: true,
  engine: true,
  resourceId: true,
  instanceId: true,
  time: true,
  arrivalTime: true,
  shardId: true,
  sequenceNumber: true,
  index: true,
  user: true,
  database: true,
  remoteHost: true,
  sessionId: true,
  objectType: true,
  objectName: true,
  rowCount: true,
  errorCode: true,
};

/** What the client itself declares: whoever can write it could make an event disappear. */
const DECLARED_BY_CLIENT = ['clientApplication', 'commandText', 'statement', 'errorMessage', 'record'];

const EXPECTED = 'it may hold a JSON list of {"name", "pattern"}';

/** Reads `DROP_RULES`; throws an `Error` that names each bad rule, the path in it, and what is wrong there. */
export function readDropRules(text: string): readonly DropRule[] {
  const rules = parseList(text);
  const names = rules.map((rule) => (rule as { name?: unknown } | null)?.name);
  const problems = rules.flatMap((rule, position) => problemsOf(rule, position, names));
  if (problems.length > 0) throw new Error(`${EXPECTED}; ${problems.join('; ')}`);
  return rules.map((rule) => {
    const { name, pattern } = rule as { name: string; pattern: unknown };
    const fields = [...new Set(fieldsOf(pattern))];
    const matches = compilePattern(pattern);
    return { name, matches: (activity) => matches(pick(activity, fields)) };
  });
}

// Matching reads every field that it is given, for each event.
function pick(activity: Activity, fields: readonly (keyof Activity)[]): Partial<Activity> {
  const picked: Partial<Record<keyof Activity, unknown>> = {};
  for (const field of fields) picked[field] = activity[field];
  return picked as Partial<Activity>;
}

function fieldsOf(pattern: unknown): readonly (keyof Activity)[] {
  return Object.entries(pattern as Readonly<Record<string, unknown>>).flatMap(([field, value]) =>
    field === '$or' && Array.isArray(value) ? value.flatMap(fieldsOf) : [field as keyof Activity],
  );
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Said below, without the parser's message: it quotes the text.
  }
  throw new Error(EXPECTED);
}

function problemsOf(rule: unknown, position: number, names: readonly unknown[]): readonly string[] {
  const { name, pattern, ...others } = (rule ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || !/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
    return [`rule ${position}: name must be 1 to 64 letters, digits, \`_\`, \`.\` or \`-\``];
  }
  const problems: string[] = [];
  if (name === NO_CLASS) problems.push('the name is reserved for events that no rule dropped');
  if (names.indexOf(name) !== position) problems.push('another rule has the same name');
  for (const key of Object.keys(others)) problems.push(`${key} is not known`);
  problems.push(...validatePattern(pattern).map(({ path, problem }) => `pattern at ${path}: ${problem}`));
  problems.push(...foreignFields(pattern));
  return problems.map((problem) => `rule ${JSON.stringify(name)}: ${problem}`);
}

function foreignFields(pattern: unknown, place = ''): readonly string[] {
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern)) return [];
  return Object.entries(pattern).flatMap(([field, value]) => {
    const path = `${place}${field}`;
    if (field === '$or') {
      return Array.isArray(value) ? value.flatMap((branch, at) => foreignFields(branch, `${path}[${at}].`)) : [];
    }
    if (DECLARED_BY_CLIENT.includes(field)) {
      return [`pattern at ${path}: the client itself declares it, so it could hide its own events`];
    }
    if (!Object.hasOwn(MATCHABLE, field)) return [`pattern at ${path}: not a field of the archive line`];
    return Array.isArray(value) ? [] : [`pattern at ${path}: the field is flat, expected a list`];
  });
}
