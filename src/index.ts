// The package for those who subscribe: types, a guard, and EventBridge's pattern language to test their rules with.
export {
  ACTIVITY_CLASSES,
  type Activity,
  type ActivityClass,
  type Engine,
  type Outcome,
  QUARANTINE_REASONS,
  type QuarantineReason,
  STATEMENT_CLASSES,
  type StatementClass,
} from './activity.ts';
export type {
  ArchiveLine,
  DatabaseActivity,
  DatabaseActivityDetail,
  DatabaseActivityEvent,
  DatabaseActivityEventOf,
  DatabaseActivityMetadata,
  QuarantineObject,
  RecordQuarantinedDetail,
  RecordQuarantinedEvent,
  ShownStatement,
  StoredObject,
} from './events.ts';
export { isDatabaseActivityEvent } from './is-database-activity-event.ts';
export { matchesPattern, type PatternProblem, validatePattern } from './patterns/pattern.ts';
