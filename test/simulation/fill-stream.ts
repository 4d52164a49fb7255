import type { MemoryStream } from './memory-stream.ts';
import type { PutTemplate, Scenario } from './simulate.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Puts a scenario's records into the stream and reshards it, each at its time, and closes it then. */
export function fillStream(
  { puts, reshards }: Pick<Scenario, 'puts' | 'reshards'>,
  stream: MemoryStream,
  { timers }: VirtualTime,
  onPut: (put: PutTemplate) => void,
): void {
  const steps = [
    ...puts.map(({ at, template, partitionKey }) => ({
      at,
      act: () => onPut({ template, ...stream.put(template.data, partitionKey) }),
    })),
    ...reshards.map(({ at, kind }) => ({ at, act: () => reshard(stream, kind) })),
  ];
  for (const { at, act } of steps) timers.setTimeout(act, at);
  timers.setTimeout(stream.closeAll, Math.max(0, ...steps.map(({ at }) => at)) + 1);
}

function reshard(stream: MemoryStream, kind: 'split' | 'merge'): void {
  const [first, second] = stream.openShards();
  if (first === undefined) return;
  if (kind === 'split') stream.split(first);
  else if (second !== undefined && stream.areNeighbours(first, second)) stream.merge(first, second);
}
