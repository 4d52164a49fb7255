import { readFileSync } from 'node:fs';
import type { Activity, Origin, RecordedEvent } from '../../src/activity.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { StageError } from '../../src/errors.ts';
import { type ArchiveGroup, layOut, writeLines } from '../../src/sinks/archive-layout.ts';
import type { Dialect } from '../../src/sql/dialects.ts';

export const CLUSTER = 'cluster-4HNY5V4RRNPKKYB7ICFKE5JBQQ';
export const STREAM_ARN = `arn:aws:kinesis:eu-west-1:111122223333:stream/aws-rds-das-${CLUSTER}`;

export function readFixture(name: string): string {
  return readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');
}

export function createConfig(environment: Readonly<Record<string, string>> = {}): Config {
  return readConfig({ ARCHIVE_BUCKET: 'archive', EVENT_BUS_NAME: 'activity', ...environment });
}

export function createOrigin(overrides: Partial<Origin> = {}): Origin {
  return {
    streamArn: STREAM_ARN,
    resourceId: CLUSTER,
    shardId: 'shardId-000000000003',
    sequenceNumber: '49626413659317686709982053639165744720614222513206984834',
    arrivalTime: '2026-03-01T12:59:59.500Z',
    ...overrides,
  };
}

export function createActivity(overrides: Partial<Activity> = {}): Activity {
  const { streamArn: _, ...place } = createOrigin();
  return {
    ...place,
    eventId: `${place.resourceId}/${place.shardId}/${place.sequenceNumber}/0`,
    class: 'DDL',
    statementClass: 'DDL',
    action: 'CREATE INDEX',
    outcome: 'SUCCESS',
    auxiliary: false,
    engine: 'aurora-postgresql',
    instanceId: 'db-FZJTMYKCXQBUUZ6VLU7NW3ITCM',
    time: '2026-03-01T12:59:58.267214Z',
    index: 0,
    user: 'compass',
    database: 'payroll',
    remoteHost: '172.31.3.195',
    sessionId: '60b98a86.4f64',
    objectType: 'INDEX',
    objectName: 'public.scale_slow',
    rowCount: 0,
    errorCode: null,
    ...overrides,
  };
}

interface EventOverrides extends Partial<Omit<RecordedEvent, 'activity' | 'origin' | 'statement'>> {
  readonly activity?: Partial<Activity>;
  readonly origin?: Partial<Origin>;
  readonly statement?: string | null;
  readonly dialect?: Dialect | null;
}

export function createEvent({
  activity,
  origin,
  statement = "CREATE INDEX scale_slow ON scale_data (section) WHERE name = 'secret'",
  dialect = 'postgresql',
  ...others
}: EventOverrides = {}): RecordedEvent {
  const madeOrigin = createOrigin(origin);
  const { streamArn: _, ...place } = madeOrigin;
  const eventId = `${place.resourceId}/${place.shardId}/${place.sequenceNumber}/${activity?.index ?? 0}`;
  return {
    origin: madeOrigin,
    activity: createActivity({ ...place, eventId, ...activity }),
    record: Buffer.from('{"type":"record","paramList":["bind-value"]}'),
    statement: statement === null ? null : { text: statement, dialect },
    clientApplication: 'psql',
    errorMessage: null,
    ...others,
  };
}

/** The error that an action throws; fails where it throws none. */
export function errorOf(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It did not throw an error');
}

/** The problems that an error lists, one per line. */
export function problemsIn(action: () => unknown): readonly string[] {
  return errorOf(action)
    .message.split('\n')
    .filter((line) => line.startsWith('- '));
}

/** Where and why an action has a record quarantined; fails where it throws another error, or one that quotes `canary`. */
export function refusalOf(action: () => unknown): Pick<StageError, 'stage' | 'reason'> {
  const error = errorOf(action);
  if (!(error instanceof StageError)) throw error;
  if (error.cause !== undefined || `${error.stack}${JSON.stringify(error)}`.includes('canary')) {
    throw new Error('The error quotes the record');
  }
  return { stage: error.stage, reason: error.reason };
}

/** What the archive makes of events, each of a record of its own. */
export function layOutEvents(
  events: readonly RecordedEvent[],
  first: Origin,
  last: Origin,
  prefix: string,
): readonly ArchiveGroup[] {
  return layOut(
    events.map((event) => ({ origin: event.origin, lines: writeLines([event]) })),
    first,
    last,
    prefix,
  );
}

/** The lines of an object. */
export function contentOf(group: ArchiveGroup | undefined): string {
  return Buffer.concat(group?.lines ?? []).toString();
}
