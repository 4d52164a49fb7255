import { ACTIVITY_CLASSES } from './activity.ts';
import type { DatabaseActivityEvent } from './events.ts';

/**
 * Whether a value is a database's activity as EventBridge delivers it: the detail type, and a detail of schema version 1
 * with the identity and the class that belong to it. Announcements of quarantined records are none.
 */
export function isDatabaseActivityEvent(value: unknown): value is DatabaseActivityEvent {
  const { 'detail-type': detailType, detail } = fieldsOf(value);
  const { metadata, data } = fieldsOf(detail);
  const { schemaVersion, eventId } = fieldsOf(metadata);
  const { class: activityClass } = fieldsOf(data);
  return (
    ACTIVITY_CLASSES.some((name) => name === activityClass) &&
    detailType === `Database Activity ${activityClass}` &&
    typeof schemaVersion === 'string' &&
    schemaVersion.startsWith('1.') &&
    typeof eventId === 'string'
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
