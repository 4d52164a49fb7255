import { createSignsOfLife, type SignsOfLife, type Stretch } from './signs-of-life.ts';
import type { Gap } from './verdict.ts';

const MINUTE = 60_000;

/** Signs of life of every instance of every source. */
export interface SignsByInstance {
  readonly add: (source: string, instanceId: string, sign: Stretch) => void;
  /** In the order of sources, instances and time. */
  readonly gaps: (window: Stretch) => readonly Gap[];
}

export function createSignsByInstance(mostSilence: number): SignsByInstance {
  const sources = new Map<string, Map<string, SignsOfLife>>();
  return {
    add(source, instanceId, sign) {
      const instances = sources.get(source) ?? new Map<string, SignsOfLife>();
      sources.set(source, instances);
      const signs = instances.get(instanceId) ?? createSignsOfLife(mostSilence);
      instances.set(instanceId, signs);
      signs.add(sign);
    },
    gaps: (window) =>
      inOrder(sources).flatMap(([source, instances]) =>
        inOrder(instances).flatMap(([instanceId, signs]) =>
          signs.gaps(window).map(({ from, to }) => ({
            source,
            instanceId,
            from: new Date(from).toISOString(),
            to: new Date(to).toISOString(),
            minutes: Math.floor((to - from) / MINUTE),
          })),
        ),
      ),
  };
}

function inOrder<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}
