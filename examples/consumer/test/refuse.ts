import { findSchemaViolations } from '../../../local/schema-violations.ts';
import type { Activity, Origin } from '../../../src/activity.ts';
import { createActivityEntry } from '../../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../../../test/support/activity.ts';
import { asDelivered } from '../../../test/support/bus.ts';

const CONFIG = createConfig();
const REFUSED = { class: 'AUTH_FAILURE', statementClass: null, outcome: 'FAILURE', errorCode: '28P01' } as const;

/** Returns a refused login as the router publishes it. */
export function refuse(activity: Partial<Activity>, origin: Partial<Origin> = {}) {
  const event = createEvent({ activity: { ...REFUSED, action: 'AUTH FAILURE', ...activity }, origin, statement: null });
  const delivered = asDelivered(createActivityEntry(event, null, CONFIG), CONFIG);
  const violations = findSchemaViolations(delivered);
  if (violations.length > 0) throw new Error(violations.join());
  return delivered;
}
