import type { EventRecord } from '../../local/mapping/event-records.ts';
import { findSchemaViolations } from '../../local/schema-violations.ts';
import { ACTIVITY_CLASSES, type ActivityClass } from '../../src/activity.ts';
import { findBoundaries } from '../support/chunk-boundaries.ts';
import { idOfEvent, type Observation, type PutTemplate } from './simulate.ts';
import { CANARY, MAX_RECORD_BYTES, NAME_CANARY } from './templates.ts';
import { CLUSTER } from './world.ts';

/** An event that was put in, and where it must be. */
interface ExpectedEvent {
  readonly id: string;
  readonly sequenceNumber: string;
  readonly archived: boolean;
  readonly published: boolean;
}

/** Names every promise of `guarantees.md` that a run broke; none where all were kept. */
export function findViolations(observation: Observation): readonly string[] {
  const { puts, failures, environment } = observation;
  const expected = puts.flatMap((put) => expectEvents(put, environment));
  const givenUp = new Set(failures.flatMap(({ body }) => recordsOf(body).map(({ kinesis }) => kinesis.sequenceNumber)));
  const isDue: IsDue = ({ sequenceNumber }) => !givenUp.has(sequenceNumber);
  return [
    ...observation.failedInvocations.map((reason) => `10: an invocation failed: ${reason}`),
    ...checkConservation(observation, expected, isDue),
    ...checkDuplicates(observation),
    ...checkBus(observation, expected, isDue),
    ...checkEvidence(observation, expected),
    ...checkQuarantine(observation),
    ...checkAnswers(observation, expected),
    ...checkSecrets(observation),
    ...checkDataKeys(observation),
    ...checkContents(observation),
  ];
}

/** Whether a record must have come out: what Lambda gave up need not. */
type IsDue = (position: { readonly sequenceNumber: string }) => boolean;

function expectEvents(
  { template, shardId, sequenceNumber }: PutTemplate,
  environment: Observation['environment'],
): readonly ExpectedEvent[] {
  if (typeof template.fate === 'string') return [];
  const archiveClasses = readClasses(environment.ARCHIVE_CLASSES);
  const publishClasses = readClasses(environment.PUBLISH_CLASSES);
  return template.fate.flatMap((fate, index): readonly ExpectedEvent[] => {
    if (fate.kind !== 'archived') return [];
    const published = publishClasses.has(fate.class) && !fate.auxiliary;
    // What the bus can never accept is archived in any case.
    const refused = published && template.refused === index;
    return [
      {
        id: `${CLUSTER}/${shardId}/${sequenceNumber}/${index}`,
        sequenceNumber,
        archived: archiveClasses.has(fate.class) || fate.class === 'UNKNOWN' || refused,
        published: published && !refused,
      },
    ];
  });
}

function readClasses(text: string | undefined): ReadonlySet<ActivityClass> {
  if (text === undefined || text === '*') return new Set(ACTIVITY_CLASSES);
  return new Set(ACTIVITY_CLASSES.filter((name) => text.split(',').includes(name)));
}

/** 1. Input = archived ∪ quarantined ∪ handed to the failure destination. */
function checkConservation(
  { puts, store }: Observation,
  expected: readonly ExpectedEvent[],
  isDue: IsDue,
): readonly string[] {
  const archivable = expected.filter(({ archived }) => archived);
  const poison = puts.filter(isPoison);
  const kept = new Set(
    [...store.quarantine.keys()].map((key) => key.replace(/^quarantine\//, '').replace(/dt=[^/]+\//, '')),
  );
  return [
    ...missing('1: the archive lacks', idsOf(archivable.filter(isDue)), store.archivedIds),
    ...missing('1: the archive must not hold', store.archivedIds, new Set(idsOf(archivable))),
    ...missing('1: the quarantine lacks', poison.filter(isDue).map(quarantineName), kept),
    ...missing('1: the quarantine must not hold', kept, new Set(poison.map(quarantineName))),
  ];
}

/** 2. Without a crash no line is there twice; with one every copy is the same to the byte. */
function checkDuplicates({ store, disturbed }: Observation): readonly string[] {
  const lines = new Map<string, string>();
  const violations: string[] = [];
  for (const line of [...store.archive.values()].flat()) {
    const id = idOfLine(line);
    const copy = lines.get(id);
    if (copy === undefined) lines.set(id, line);
    else if (!disturbed) violations.push(`2: the archive holds ${id} twice, though nothing crashed`);
    else if (copy !== line) violations.push(`2: the archive holds two copies of ${id} that differ`);
  }
  return violations;
}

/** 3. What is eligible reached the bus, with its id, and nothing else did. */
function checkBus({ puts, events }: Observation, expected: readonly ExpectedEvent[], isDue: IsDue): readonly string[] {
  const published = new Set(events.map(idOfEvent));
  const eligible = expected.filter((event) => event.published);
  const poison = puts.filter(isPoison);
  return [
    ...missing('3: the bus lacks', idsOf(eligible.filter(isDue)), published),
    ...missing('3: the bus lacks an announcement of', numbersOf(poison.filter(isDue)), published),
    ...missing('3: the bus must not hold', published, new Set([...idsOf(eligible), ...numbersOf(poison)])),
    ...events.flatMap(findSchemaViolations).map((violation) => `3: an event differs from its schema: ${violation}`),
  ];
}

/** 3. An announcement always has its evidence: it names the object that holds the event. */
function checkEvidence({ events, store }: Observation, expected: readonly ExpectedEvent[]): readonly string[] {
  const archived = new Set(idsOf(expected.filter((event) => event.archived)));
  const holders = new Map([...store.archive].map(([key, lines]) => [key, new Set(lines.map(idOfLine))]));
  return events.flatMap(({ detail }) => {
    const { eventId, archive } = detail.metadata;
    if (eventId === undefined || !archived.has(eventId)) return [];
    return holders.get(archive?.key ?? '')?.has(eventId) ? [] : [`3: ${eventId} was announced without its evidence`];
  });
}

/** 4. A quarantined object holds the original bytes. */
function checkQuarantine({ puts, store }: Observation): readonly string[] {
  const data = new Map(puts.map(({ sequenceNumber, template }) => [sequenceNumber, template.data]));
  return [...store.quarantine].flatMap(([key, text]) => {
    const { record } = JSON.parse(text) as { record: EventRecord };
    const original = data.get(record.kinesis.sequenceNumber);
    const same = original !== undefined && Buffer.from(record.kinesis.data, 'base64').equals(original);
    return same ? [] : [`4: ${key} does not hold the original bytes`];
  });
}

/** 6. The identifier is one of the batch, at a chunk's boundary, and all before it is durable. */
function checkAnswers({ puts, answers }: Observation, expected: readonly ExpectedEvent[]): readonly string[] {
  const templates = new Map(puts.map(({ sequenceNumber, template }) => [sequenceNumber, template]));
  const events = Map.groupBy(expected, ({ sequenceNumber }) => sequenceNumber);
  return answers.flatMap(({ records, response, archivedIds, quarantinedNumbers, publishedIds }) => {
    const numbers = records.map(({ kinesis }) => kinesis.sequenceNumber);
    const failures = failuresOf(response);
    if (failures === undefined || failures.length > 1) return ['6: the answer has no list of at most one failure'];
    const [failure] = failures;
    const at = failure === undefined ? numbers.length : numbers.indexOf(failure.itemIdentifier);
    if (at === -1) return ['6: the identifier is none of the batch'];
    const chunks = findBoundaries(
      numbers.map((number) => templates.get(number)?.contentBytes ?? 0),
      MAX_RECORD_BYTES / 2,
    );
    if (failure !== undefined && !chunks.has(at))
      return [`6: the identifier is no chunk's boundary: ${at} of ${numbers.length}`];
    return numbers.slice(0, at).flatMap((number) => {
      const poisonous = typeof templates.get(number)?.fate === 'string';
      const due = events.get(number) ?? [];
      return [
        ...(poisonous && !quarantinedNumbers.has(number) ? [`6: ${number} is acknowledged and not quarantined`] : []),
        ...(poisonous && !publishedIds.has(number) ? [`6: ${number} is acknowledged and not announced`] : []),
        ...due
          .filter(({ id, archived }) => archived && !archivedIds.has(id))
          .map(({ id }) => `6: ${id} is acknowledged and not archived`),
        ...due
          .filter(({ id, published }) => published && !publishedIds.has(id))
          .map(({ id }) => `6: ${id} is acknowledged and not published`),
      ];
    });
  });
}

/** 7. Nothing of a record's content is in a log, a metric, an error or a key, nor unmasked on the bus. */
function checkSecrets({ log, store, events, answers }: Observation): readonly string[] {
  const shown = [
    ['log', log, [CANARY, NAME_CANARY]],
    ['key', store.keys(), [CANARY, NAME_CANARY]],
    ['bus', events.map((event) => JSON.stringify(event)), [CANARY]],
    ['answer', answers.map(({ response }) => JSON.stringify(response)), [CANARY, NAME_CANARY]],
  ] as const;
  return shown.flatMap(([where, texts, secrets]) =>
    texts.filter((text) => secrets.some((secret) => text.includes(secret))).map(() => `7: a secret in a ${where}`),
  );
}

/** 8. KMS is asked once a data key and environment for as long as the key may be reused. */
function checkDataKeys({ dataKeyCalls, puts, answers, duration, environment }: Observation): readonly string[] {
  const ttlMs = Number(environment.DATA_KEY_TTL_SECONDS ?? 300) * 1000;
  const keys = new Set(puts.flatMap(({ template }) => keyOf(template.data))).size;
  const failed = answers.filter(({ response }) => failuresOf(response)?.length !== 0).length;
  // A chunk that failed breaks off the calls for records behind it, four at most.
  const most = keys * (1 + Math.ceil(duration / ttlMs)) + 4 * failed;
  return [...dataKeyCalls]
    .filter(([, calls]) => calls > most)
    .map(([caller, calls]) => `8: ${caller} asked KMS ${calls} times for ${keys} data keys`);
}

/** 9. The same records in any grouping give the same content under the same key: nothing is ever in conflict or replaced. */
function checkContents({ store }: Observation): readonly string[] {
  return [
    ...[...store.archive.keys()].filter((key) => key.includes('~')).map((key) => `9: a conflict at ${key}`),
    ...[...store.replaced].map((key) => `9: ${key} was written over`),
  ];
}

function failuresOf(response: unknown): readonly { readonly itemIdentifier: string }[] | undefined {
  return (response as { batchItemFailures?: readonly { itemIdentifier: string }[] } | null)?.batchItemFailures;
}

function recordsOf(failureBody: string): readonly EventRecord[] {
  return JSON.parse(JSON.parse(failureBody).payload).Records;
}

function idOfLine(line: string): string {
  return JSON.parse(line).eventId;
}

function keyOf(data: Uint8Array): readonly string[] {
  try {
    return [JSON.parse(Buffer.from(data).toString()).key];
  } catch {
    return [];
  }
}

function quarantineName({ template, shardId, sequenceNumber }: PutTemplate): string {
  return `reason=${template.fate}/source=${CLUSTER}/${shardId}-${sequenceNumber}.json`;
}

function isPoison({ template }: PutTemplate): boolean {
  return typeof template.fate === 'string';
}

function numbersOf(puts: readonly PutTemplate[]): readonly string[] {
  return puts.map(({ sequenceNumber }) => sequenceNumber);
}

function idsOf(events: readonly ExpectedEvent[]): readonly string[] {
  return events.map(({ id }) => id);
}

function missing(what: string, ids: Iterable<string>, there: ReadonlySet<string>): readonly string[] {
  return [...ids].filter((id) => !there.has(id)).map((id) => `${what} ${id}`);
}
