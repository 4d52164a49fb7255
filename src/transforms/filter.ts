import type { Activity } from '../activity.ts';
import type { Config } from '../config.ts';
import { NO_CLASS } from '../drop-rules.ts';

/** Where an event goes: to sinks, or nowhere, counted under the name of a rule. */
export type Destination =
  | { readonly archived: boolean; readonly published: boolean; readonly droppedBy: null }
  | { readonly archived: false; readonly published: false; readonly droppedBy: string };

export function filter(activity: Activity, config: Config): Destination {
  // What is not understood may be anything: it is never dropped.
  const understood = activity.class !== 'UNKNOWN';
  const rule = understood ? config.dropRules.find(({ matches }) => matches(activity)) : undefined;
  if (rule !== undefined) return { archived: false, published: false, droppedBy: rule.name };
  const archived = !understood || config.archiveClasses.has(activity.class);
  const published = config.publishClasses.has(activity.class) && (!activity.auxiliary || config.publishAuxiliary);
  if (archived || published) return { archived, published, droppedBy: null };
  return { archived: false, published: false, droppedBy: NO_CLASS };
}
