import type { Config } from '../src/config.ts';
import type { Rule } from './deployment.ts';
import type { Outcome } from './outcome.ts';
import type { Position } from './service.ts';
import type { WorkloadRecord } from './workload.ts';

/** A record that was put in, and where it is. */
export type PutRecord = Omit<WorkloadRecord, 'contentBytes'> & Position;

/** Compares what came out with what was put in, by sets of ids. Answers every difference, none where all is accounted for. */
export function findDifferences(
  put: readonly PutRecord[],
  outcome: Outcome,
  rules: readonly Rule[],
  { publishClasses, publishAuxiliary }: Pick<Config, 'publishClasses' | 'publishAuxiliary'>,
): readonly string[] {
  const events = put.flatMap((record) =>
    typeof record.fate === 'string' ? [] : record.fate.map((fate, index) => ({ id: eventId(record, index), fate })),
  );
  const archived = events.flatMap(({ id, fate }) => (fate.kind === 'archived' ? [{ id, ...fate }] : []));
  const poison = put.filter((record) => typeof record.fate === 'string');
  const announced = [
    ...archived
      .filter((event) => publishClasses.has(event.class) && (publishAuxiliary || !event.auxiliary))
      .map((event) => ({ id: event.id, detailType: `Database Activity ${event.class}` })),
    ...poison.map((record) => ({
      id: positionOf({ ...record }),
      detailType: 'Database Activity Record Quarantined',
    })),
  ];
  const differences = [
    ...compare(
      'the archive',
      archived.map((event) => `${event.class} ${event.id}`),
      outcome.archive.map((line) => `${line.class} ${line.eventId}`),
    ),
    ...compare(
      "the archive's keys",
      [],
      outcome.archive.filter(({ key, class: name }) => !key.includes(`/class=${name}/`)).map(({ key }) => key),
    ),
    ...compare(
      'the quarantine',
      poison.map(
        ({ fate, sequenceNumber, data }) => `${fate} ${sequenceNumber} ${Buffer.from(data).toString('base64')}`,
      ),
      outcome.quarantine.map(
        ({ reason, record }) => `${reason} ${record.kinesis.sequenceNumber} ${record.kinesis.data}`,
      ),
    ),
    ...compare('the mapping', [], outcome.discarded),
    ...compareCount(
      'heartbeats',
      events.filter(({ fate }) => fate.kind === 'heartbeat').length,
      outcome,
      'HeartbeatsReceived',
    ),
  ];
  for (const rule of new Set(events.flatMap(({ fate }) => (fate.kind === 'dropped' ? [fate.rule] : [])))) {
    const dropped = events.filter(({ fate }) => fate.kind === 'dropped' && fate.rule === rule);
    differences.push(...compareCount(`dropped by ${rule}`, dropped.length, outcome, `EventsDropped/${rule}`));
  }
  for (const rule of rules) {
    const detailTypes = (rule.eventPattern as { 'detail-type'?: readonly string[] })['detail-type'] ?? [];
    const subscribed = announced.filter(({ detailType }) => detailTypes.includes(detailType));
    const delivered = outcome.consumers.get(rule.name) ?? [];
    differences.push(
      ...compare(
        rule.name,
        subscribed.map(({ id }) => id),
        delivered.map(({ detail }) => detail.metadata.eventId ?? positionOf(detail.data)),
      ),
    );
  }
  return differences;
}

/** The id of an event of a record. */
export function eventId({ resourceId, shardId, sequenceNumber }: PutRecord, index: number): string {
  return `${resourceId}/${shardId}/${sequenceNumber}/${index}`;
}

function positionOf({ resourceId, shardId, sequenceNumber }: Readonly<Record<string, unknown>>): string {
  return `${resourceId}/${shardId}/${sequenceNumber}`;
}

/** Names what is missing, what must not be there and what is there more than once. */
export function compare(where: string, expected: readonly string[], found: readonly string[]): readonly string[] {
  const [wanted, there] = [new Set(expected), new Set(found)];
  const seen = new Set<string>();
  const twice = found.filter((name) => seen.size === seen.add(name).size);
  return [
    ...[...wanted.difference(there)].map((name) => `${where} lacks ${shorten(name)}`),
    ...[...there.difference(wanted)].map((name) => `${where} must not hold ${shorten(name)}`),
    ...twice.map((name) => `${where} holds ${shorten(name)} more than once`),
  ];
}

function compareCount(what: string, expected: number, outcome: Outcome, metric: string): readonly string[] {
  const found = outcome.metrics.get(metric) ?? 0;
  return found === expected ? [] : [`${what}: ${expected} were put in, the metric ${metric} says ${found}`];
}

function shorten(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 200)}…`;
}
