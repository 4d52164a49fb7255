import { EventEmitter } from 'node:events';

/** An event that a rule's target has taken. */
export interface Delivery {
  readonly rule: string;
  readonly targetArn: string;
  /** JSON, as the target got it. */
  readonly event: string;
}

/** Records with which the mapping has done. */
export interface Settled {
  readonly streamArn: string;
  readonly sequenceNumbers: readonly string[];
  readonly how: 'acknowledged' | 'given up';
}

/** What happens in this process and no AWS call tells, for who watches a run: nothing of it is kept. */
export const sightings = new EventEmitter<{ delivered: [Delivery]; settled: [Settled] }>();
