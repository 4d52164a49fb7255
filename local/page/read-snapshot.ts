import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import pMap from 'p-map';
import { readArchiveKey } from '../../cli/verify/archive-key.ts';
import type { ConsumedService } from '../run.ts';
import { listObjects, readArchiveLines } from '../stored-objects.ts';
import { type ArchivedObject, buildTree, countByClass, keepLatest } from './describe-archive.ts';
import { describeQuarantine } from './describe-quarantine.ts';
import { readLags } from './read-lags.ts';
import type { LatestEvent, RunState, Snapshot } from './snapshot.ts';
import { countConsumers } from './watched-queues.ts';

/**
 * Reads what the page shows, where its users would read it. The archive is listed at each call, but of its objects only
 * those are read that were not there before; one call at a time.
 */
export function createReadSnapshot(
  service: ConsumedService,
  eventBridge: EventBridgeClient,
  runState: () => RunState,
): () => Promise<Snapshot> {
  const { s3, lambda, deployment } = service;
  const { archiveBucket, archivePrefix, quarantinePrefix } = deployment.config;
  let objects: ReadonlyMap<string, ArchivedObject> = new Map();
  let latest: readonly LatestEvent[] = [];
  let logLines = 0;
  let lag: Snapshot['lag'] = null;

  async function readArchive(): Promise<void> {
    const known = objects;
    const listed = await listObjects(s3, archiveBucket, `${archivePrefix}/`);
    const found = await pMap(
      listed,
      async ({ key, written }): Promise<readonly [string, ArchivedObject][]> => {
        const place = readArchiveKey(key);
        if (place === null) return [];
        const object = known.get(key);
        if (object !== undefined) return [[key, object]];
        const lines = await readArchiveLines(s3, archiveBucket, key);
        latest = keepLatest([...latest, ...lines]);
        const { class: name, source, hour } = place;
        return [[key, { class: name, source, hour, events: lines.length, written }]];
      },
      { concurrency: 8 },
    );
    objects = new Map(found.flat());
  }

  function readLag(): void {
    const lags = readLags(lambda.log.slice(logLines));
    logLines = lambda.log.length;
    for (const milliseconds of lags) lag = { latest: milliseconds, highest: Math.max(milliseconds, lag?.highest ?? 0) };
  }

  return async () => {
    // First: where it says that all is accounted for, all of it is shown.
    const run = runState();
    const [consumers, quarantined] = await Promise.all([
      countConsumers(service, eventBridge),
      listObjects(s3, archiveBucket, `${quarantinePrefix}/`),
      readArchive(),
    ]);
    readLag();
    const archived = [...objects.values()];
    return {
      run: { ...run, acknowledged: service.acknowledged(), givenUp: service.discarded().length },
      classes: countByClass(archived, Date.now()),
      latest,
      consumers,
      quarantine: describeQuarantine(quarantined),
      lag,
      archive: { location: `s3://${archiveBucket}/${archivePrefix}`, classes: buildTree(archived) },
    };
  };
}
