import { markOf } from '../cli/redrive/marks.ts';
import { ACTIVITY_CLASSES, type ActivityClass } from '../src/activity.ts';
import { CONFIG_SETTINGS, type Config } from '../src/config.ts';
import {
  matching,
  oneOf,
  type Reader,
  readSettings,
  refuse,
  type Settings,
  trueOrFalse,
  wholeNumber,
} from '../src/settings.ts';
import { RESOURCE_ID, readResourceId } from '../src/source/kinesis.ts';

/** A Database Activity Stream. */
export interface Stream {
  readonly arn: string;
  /** `cluster-…` or `db-…`. */
  readonly resourceId: string;
}

/** The logical id of a stream's mapping: it stays the same whatever other streams there are. */
export function mappingId({ resourceId }: Stream): string {
  return `Mapping${resourceId.replace(/[^A-Za-z0-9]/g, '')}`;
}

/** Where a deployment goes, and under which name. */
export interface Place {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
}

/** Days until an object expires, or null for never. */
export type Retention = number | null;

/** What of the configuration the stack says itself. */
export type SetByStack = 'archiveBucket' | 'eventBusName';

/** What of the configuration a deployment may choose. */
type Chosen = Omit<Config, SetByStack>;

type RetentionByClass = { readonly [Class in ActivityClass as `retentionDays${Class}`]: Retention };

/** What `--param` and `params` in `serverless.yml` say, read and checked. */
export interface Parameters extends Chosen, RetentionByClass {
  /** One mapping each; none while a mapping is made anew, since Lambda takes no two of the same stream. */
  readonly streamArn: readonly Stream[];
  /** One for all streams, or one for each in their order. */
  readonly kmsKeyArn: readonly string[];
  readonly memorySize: number;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly parallelizationFactor: number;
  readonly retentionDaysQuarantine: Retention;
  readonly retentionDaysFailures: Retention;
  readonly objectLock: 'off' | 'governance' | 'compliance';
  readonly objectLockDays: number;
  readonly logRetentionDays: number;
  readonly busArchiveDays: number;
  /** Null for nobody. */
  readonly alarmEmail: string | null;
  readonly sampleConsumers: boolean;
  /** Whether the schemas of what is published are put into EventBridge's registry. */
  readonly eventSchemas: boolean;
  /** Who may put rules of their own on the bus: an organisation, or accounts. */
  readonly subscribers: readonly string[];
  /** Resource ids whose streams are gone and whose archive is still queried. */
  readonly formerSources: readonly string[];
  /** Where the runbook is read: alarms link to its articles. */
  readonly runbookUrl: string;
}

const STREAM_EXPECTED =
  'it must be the ARN of a Database Activity Stream, or a comma list of such, as arn:aws:kinesis:eu-west-1:111122223333:stream/aws-rds-das-cluster-ABCDEFGHIJ, or none';
const KEY_EXPECTED =
  "it must be the ARN of the KMS key that the activity stream was started with, or a comma list with each stream's key, as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const KEY_ARN = /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;
const EMAIL = /^[^@\s]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;
const SUBSCRIBER = /^(?:o-[a-z0-9]{10,32}|\d{12})$/;
const SUBSCRIBER_EXPECTED =
  'it may hold the id of one organisation as o-a1b2c3d4e5, a comma list of account ids as 111122223333, or none';
const FORMER_EXPECTED = 'it may hold a comma list of resource ids as cluster-ABCDEFGHIJ, or none';
const URL_OR_PATH = /^[A-Za-z0-9:/._~?=&%-]{1,500}$/;

/** What CloudWatch Logs takes. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const FOREVER = 36_500;

/** Ten years: in compliance mode nobody can take a lock back. */
const MOST_LOCK_DAYS = 3_650;

function retention(text: string): Retention {
  if (text === 'forever') return null;
  try {
    return wholeNumber(1, FOREVER)(text);
  } catch {
    throw new Error(`it may hold a number of days from 1 to ${FOREVER}, or forever`);
  }
}

/** A comma list of one or more. */
function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (text) => {
    const words = text.split(',').map((word) => word.trim());
    if (new Set(words).size < words.length) throw new Error('it names one of its list twice');
    return words.map(read);
  };
}

/** Nothing where the text is `none`. */
function unlessNone<T, None>(none: None, read: Reader<T>): Reader<T | None> {
  return (text) => (text === 'none' ? none : read(text));
}

function readStream(arn: string): Stream {
  const resourceId = readResourceId(arn);
  if (resourceId === null) throw new Error(STREAM_EXPECTED);
  return { arn, resourceId };
}

type Readers = { readonly [Name in keyof Parameters]: Reader<Parameters[Name]> };

const RETENTION_BY_CLASS = Object.fromEntries(
  ACTIVITY_CLASSES.map((name) => [`retentionDays${name}`, retention]),
) as Pick<Readers, keyof RetentionByClass>;

const READERS: Readers = {
  streamArn: unlessNone([], listOf(readStream)),
  kmsKeyArn: (text) => text.split(',').map((arn) => matching(KEY_ARN, KEY_EXPECTED)(arn.trim())),
  archivePrefix: CONFIG_SETTINGS.archivePrefix.read,
  quarantinePrefix: CONFIG_SETTINGS.quarantinePrefix.read,
  eventSource: CONFIG_SETTINGS.eventSource.read,
  archiveClasses: CONFIG_SETTINGS.archiveClasses.read,
  publishClasses: unlessNone(new Set(), CONFIG_SETTINGS.publishClasses.read),
  publishAuxiliary: CONFIG_SETTINGS.publishAuxiliary.read,
  statementText: CONFIG_SETTINGS.statementText.read,
  dropRules: CONFIG_SETTINGS.dropRules.read,
  dataKeyTtlSeconds: CONFIG_SETTINGS.dataKeyTtlSeconds.read,
  dataKeyCacheSize: CONFIG_SETTINGS.dataKeyCacheSize.read,
  maxRecordBytes: CONFIG_SETTINGS.maxRecordBytes.read,
  memorySize: wholeNumber(512, 10_240),
  batchSize: wholeNumber(1, 10_000),
  batchWindowSeconds: wholeNumber(0, 300),
  parallelizationFactor: wholeNumber(1, 10),
  ...RETENTION_BY_CLASS,
  retentionDaysQuarantine: retention,
  retentionDaysFailures: retention,
  objectLock: oneOf('off', 'governance', 'compliance'),
  objectLockDays: wholeNumber(1, MOST_LOCK_DAYS),
  logRetentionDays: (text) => Number(oneOf(...LOG_RETENTION.map(String))(text)),
  busArchiveDays: wholeNumber(1, FOREVER),
  alarmEmail: unlessNone(null, matching(EMAIL, 'it may hold an e-mail address, or none')),
  sampleConsumers: trueOrFalse,
  eventSchemas: trueOrFalse,
  subscribers: unlessNone([], listOf(matching(SUBSCRIBER, SUBSCRIBER_EXPECTED))),
  formerSources: unlessNone([], listOf(matching(RESOURCE_ID, FORMER_EXPECTED))),
  runbookUrl: matching(URL_OR_PATH, "it may hold the runbook's URL or path, without a `#`"),
};

/** Every parameter's name. What each holds by default stands in `serverless.yml`. */
export const PARAMETER_NAMES = Object.keys(READERS) as readonly (keyof Parameters)[];

const SETTINGS = Object.fromEntries(
  Object.entries(READERS).map(([name, read]) => [name, { name, fallback: null, read }]),
) as Settings<Parameters>;

/** The parameters' values by name, as `--param` or `serverless.yml` gives them. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * Memory that the function needs, in MiB: some for itself, and a multiple of the largest record for a chunk of one and a half
 * of them, as texts, parsed, in lines and in entries, beside what of the chunk before is not collected yet. Measured by
 * `npm run bench:poison`, which fails where it is too little.
 */
function leastMemory(maxRecordBytes: number): number {
  return Math.ceil(256 + (24 * maxRecordBytes) / 1024 / 1024);
}

/** Three alarms for each, and the dashboard shows a hundred. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const MOST_STREAMS = 30;

/** It becomes a part of names; those of a bus' archive end at 48 characters, and Glue's have no capitals. */
const STAGE = /^[a-z0-9][a-z0-9-]{0,29}$/;

/**
 * Reads the parameters.
 *
 * Throws ONE error that names every parameter that is missing, malformed or not known, what it holds and what it may hold.
 */
export function readParameters(given: Given, place: Place): Parameters {
  const title = 'Parameters are invalid. Give them as --param "<name>=<value>", or under `params` in serverless.yml.';
  const { values, problems } = readSettings(SETTINGS, toTexts(given));
  refuse(title, [...findUnknown(given), ...problems]);
  refuse(title, [...findMisplaced(values, place), ...findContradictions(values), ...findOverflow(given)]);
  return values;
}

/** The variables of the function's environment that a deployment chooses. */
export function chosenEnvironment(given: Given): Readonly<Record<string, string>> {
  const texts = toTexts(given);
  const variables = Object.entries(CONFIG_SETTINGS).flatMap(([key, { name }]) => {
    const text = texts[key];
    return text === undefined ? [] : [[name, key === 'publishClasses' && text === 'none' ? '' : text]];
  });
  return Object.fromEntries(variables);
}

function toTexts(given: Given): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      if (value === undefined || value === null) return [];
      return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
    }),
  );
}

function findUnknown(given: Given): readonly string[] {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(READERS, name));
  return unknown.map((name) => `${name} is not a parameter: those there are stand in serverless.yml`);
}

function findMisplaced(
  { streamArn: streams, kmsKeyArn: keys }: Parameters,
  { stage, region }: Place,
): readonly string[] {
  const elsewhere = (arn: string) => arn.split(':')[3] !== region;
  const advice = `lies in another Region than ${region}, where it is deployed: give --region`;
  return [
    ...(STAGE.test(stage)
      ? []
      : [`the stage is "${stage}": it may hold 1 to 30 lower-case letters, digits and hyphens`]),
    ...streams.filter(({ arn }) => elsewhere(arn)).map(({ arn }) => `streamArn ${arn} ${advice}`),
    ...keys.filter(elsewhere).map((arn) => `kmsKeyArn ${arn} ${advice}`),
  ];
}

function findContradictions(parameters: Parameters): readonly string[] {
  const { streamArn: streams, kmsKeyArn: keys, archivePrefix, quarantinePrefix, subscribers } = parameters;
  const { maxRecordBytes, memorySize } = parameters;
  const problems: string[] = [];
  if (streams.length > MOST_STREAMS) {
    problems.push(`streamArn names ${streams.length} streams: a stack takes ${MOST_STREAMS}, so deploy several stages`);
  }
  if (new Set(streams.map(mappingId)).size < streams.length) {
    problems.push('streamArn names two streams whose names differ in punctuation alone: deploy a stack for each');
  }
  if (keys.length > 1 && streams.length > 0 && keys.length !== streams.length) {
    problems.push(
      `kmsKeyArn names ${keys.length} keys for ${streams.length} streams: give one key, or one for each stream`,
    );
  }
  const [archive, quarantine] = [`${archivePrefix}/`, `${quarantinePrefix}/`];
  if (archive.startsWith(quarantine) || quarantine.startsWith(archive)) {
    problems.push(
      'quarantinePrefix and archivePrefix lie one in the other: their objects expire apart, so give two folders',
    );
  }
  if (archive.startsWith(markOf(quarantine))) {
    problems.push('archivePrefix lies where a redrive puts its marks: they expire apart, so give another folder');
  }
  const least = leastMemory(maxRecordBytes);
  if (memorySize < least) {
    problems.push(`memorySize ${memorySize} is too little for a maxRecordBytes of ${maxRecordBytes}: give ${least}`);
  }
  if (subscribers.length > 1 && subscribers.some((subscriber) => subscriber.startsWith('o-'))) {
    problems.push(`subscribers: ${SUBSCRIBER_EXPECTED}`);
  }
  return problems;
}

/** Lambda's limit for all variables together, less what the stack's own take. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_ENVIRONMENT_BYTES = 4_096 - 512;

function findOverflow(given: Given): readonly string[] {
  const environment = Object.entries(chosenEnvironment(given));
  const bytes = Buffer.byteLength(environment.flat().join(''));
  if (bytes <= MOST_ENVIRONMENT_BYTES) return [];
  const [[longest] = ['']] = environment.sort(([, a], [, b]) => b.length - a.length);
  return [
    `the function's environment is ${bytes} bytes long: Lambda takes ${MOST_ENVIRONMENT_BYTES} of it, so make ${longest} shorter`,
  ];
}
