import { once } from 'node:events';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { readArchiveKey } from '../../cli/verify/archive-key.ts';
import { padSequenceNumber } from '../../src/sinks/archive-layout.ts';
import { streamArn, streamName } from '../deployment.ts';
import type { BusEvent, QuarantinedRecord } from '../outcome.ts';
import type { ConsumedService } from '../run.ts';
import { queueOf, type Service } from '../service.ts';
import { type Delivery, type Settled, sightings } from '../sightings.ts';
import { listObjects, readArchiveLines, readObject } from '../stored-objects.ts';
import { shorten } from './describe-archive.ts';
import { type RecordKind, type SentRecord, sendRecord } from './send-record.ts';
import { countConsumers } from './watched-queues.ts';

/** What became of a record, as it was found. */
export type Step =
  | (SentRecord & { readonly step: 'sent'; readonly stream: string })
  | { readonly step: 'settled'; readonly how: Settled['how']; readonly milliseconds: number }
  /** Nothing was seen of it for so long. */
  | { readonly step: 'unsettled'; readonly seconds: number }
  | { readonly step: 'archived'; readonly eventId: string; readonly class: string; readonly key: string }
  | { readonly step: 'quarantined'; readonly reason: string; readonly stage: string; readonly key: string }
  /** Neither archive nor quarantine has anything of it. */
  | { readonly step: 'not stored' }
  | DeliveredStep
  | { readonly step: 'not delivered' };

interface DeliveredStep {
  readonly step: 'delivered';
  readonly rule: string;
  readonly queue: string;
  readonly detailType: string;
  /** As it stands on the bus. */
  readonly statement: string | null;
  /** Messages in the queue, before the record was sent and now; null where it is none, or was none yet. */
  readonly before: number | null;
  readonly after: number | null;
}

const PATIENCE_SECONDS = 60;

/** Sends a record and follows it: each step is told when it was seen. */
export async function* followRecord(
  service: ConsumedService,
  eventBridge: EventBridgeClient,
  kind: RecordKind,
  signal: AbortSignal,
): AsyncGenerator<Step> {
  const countAll = async () =>
    new Map(
      (await countConsumers(service, eventBridge)).map(({ queue, waiting, inFlight }) => [queue, waiting + inFlight]),
    );
  const before = await countAll();
  const watch = watchRecords();
  try {
    const sent = await sendRecord(service, kind);
    const since = Date.now();
    watch.narrow(sent);
    yield { step: 'sent', ...sent, stream: streamName(sent.resourceId) };

    const settled = await watch.untilSettled(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_SECONDS * 1000)]));
    if (settled === null) {
      signal.throwIfAborted();
      yield { step: 'unsettled', seconds: PATIENCE_SECONDS };
      return;
    }
    yield { step: 'settled', how: settled.how, milliseconds: Date.now() - since };

    yield* readStored(service, sent);

    // The function acknowledges what the bus has taken, and nothing sooner.
    const after = await countAll();
    const deliveries = watch.deliveries();
    if (deliveries.length === 0) yield { step: 'not delivered' };
    for (const { rule, targetArn, event } of deliveries) {
      const queue = queueOf(targetArn);
      const { 'detail-type': detailType, detail }: BusEvent = JSON.parse(event);
      const statement = detail.data.statement as { readonly text: string } | null | undefined;
      yield {
        step: 'delivered',
        rule,
        queue,
        detailType,
        statement: shorten(statement?.text ?? null),
        before: before.get(queue) ?? null,
        after: after.get(queue) ?? null,
      };
    }
  } finally {
    watch.end();
  }
}

/** Where its events are in the archive, or itself in the quarantine. */
async function* readStored({ s3, deployment }: Service, { resourceId, shardId, sequenceNumber }: SentRecord) {
  const { archiveBucket, archivePrefix, quarantinePrefix } = deployment.config;
  const padded = padSequenceNumber(sequenceNumber);
  let found = 0;
  for (const { key } of await listObjects(s3, archiveBucket, `${archivePrefix}/`)) {
    const place = readArchiveKey(key);
    if (place?.source !== resourceId || place.shardId !== shardId || place.first > padded || place.last < padded)
      continue;
    for (const line of await readArchiveLines(s3, archiveBucket, key)) {
      if (line.sequenceNumber !== sequenceNumber) continue;
      found++;
      yield { step: 'archived', eventId: line.eventId, class: line.class, key } as const;
    }
  }
  for (const { key } of await listObjects(s3, archiveBucket, `${quarantinePrefix}/`)) {
    if (!key.includes(`/source=${resourceId}/`) || !key.endsWith(`/${shardId}-${sequenceNumber}.json`)) continue;
    found++;
    const text = Buffer.from(await readObject(s3, archiveBucket, key)).toString();
    const { reason, stage }: QuarantinedRecord = JSON.parse(text);
    yield { step: 'quarantined', reason, stage, key } as const;
  }
  if (found === 0) yield { step: 'not stored' } as const;
}

/** Notes what happens to records: to all, until it is known which one is followed. */
function watchRecords() {
  let followed: SentRecord | undefined;
  let deliveries: readonly Delivery[] = [];
  let settled: readonly Settled[] = [];

  function isOfFollowed({ event }: Delivery): boolean {
    const { data, metadata }: BusEvent['detail'] = JSON.parse(event).detail;
    return (
      followed === undefined ||
      (data.resourceId === followed.resourceId &&
        (metadata.sequenceNumber ?? data.sequenceNumber) === followed.sequenceNumber)
    );
  }

  function settlesFollowed({ streamArn: arn, sequenceNumbers }: Settled): boolean {
    return (
      followed === undefined ||
      (arn === streamArn(followed.resourceId) && sequenceNumbers.includes(followed.sequenceNumber))
    );
  }

  const noteDelivery = (delivery: Delivery) => {
    if (isOfFollowed(delivery)) deliveries = [...deliveries, delivery];
  };
  const noteSettled = (one: Settled) => {
    if (settlesFollowed(one)) settled = [...settled, one];
  };
  sightings.on('delivered', noteDelivery).on('settled', noteSettled);

  return {
    narrow(record: SentRecord): void {
      followed = record;
      deliveries = deliveries.filter(isOfFollowed);
      settled = settled.filter(settlesFollowed);
    },
    deliveries: () => deliveries,
    /** Null where the signal aborts before. */
    async untilSettled(signal: AbortSignal): Promise<Settled | null> {
      while (settled[0] === undefined && !signal.aborted)
        await once(sightings, 'settled', { signal }).catch(() => undefined);
      return settled[0] ?? null;
    },
    end(): void {
      sightings.off('delivered', noteDelivery).off('settled', noteSettled);
    },
  };
}
