import { Failure } from '../failure.ts';

/** When an instance gave signs of life: epoch milliseconds of the first and the last. */
export interface Heartbeats {
  readonly instanceId: string;
  readonly first: number;
  readonly last: number;
}

const ENTRY = /^([^=]+)=(\d{1,15})-(\d{1,15})$/;

/** Reads an archive object's metadata `heartbeats`, as in `db-A=1000-2000 db-B=1000-3000`. Throws a `Failure`. */
export function readHeartbeats(text: string): readonly Heartbeats[] {
  return text
    .split(' ')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, instanceId, first, last] = ENTRY.exec(entry) ?? [];
      if (instanceId === undefined || Number(first) > Number(last)) throw new Failure('HEARTBEATS_INVALID');
      return { instanceId, first: Number(first), last: Number(last) };
    });
}
