import type { ListedObject } from '../stored-objects.ts';
import type { QuarantineView } from './snapshot.ts';

const PLACE = /\/reason=([A-Z_]+)\/source=([A-Za-z0-9_-]+)\//;
const MOST_LATEST = 10;

/** The quarantine by reason, and the last records in it, out of its keys. */
export function describeQuarantine(listed: readonly ListedObject[]): QuarantineView {
  const objects = listed.flatMap(({ key, written }) => {
    const [, reason, source] = PLACE.exec(key) ?? [];
    return reason === undefined || source === undefined ? [] : [{ key, written, reason, source }];
  });
  return {
    reasons: [...Map.groupBy(objects, ({ reason }) => reason)]
      .map(([reason, members]) => ({ reason, records: members.length }))
      .sort((one, other) => (one.reason < other.reason ? -1 : 1)),
    latest: objects
      .toSorted((one, other) => other.written - one.written)
      .slice(0, MOST_LATEST)
      .map(({ reason, source, key }) => ({ reason, source, key })),
  };
}
