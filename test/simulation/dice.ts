import { createHash } from 'node:crypto';

/** Chance that a seed decides: each label has a sequence of its own, so that the order among labels does not matter. */
export interface Dice {
  /** From 0 to below 1. */
  readonly roll: (label: string) => number;
  readonly happens: (label: string, probability: number) => boolean;
  readonly pick: <T>(label: string, choices: readonly T[]) => T;
  /** A whole number, both ends included. */
  readonly between: (label: string, least: number, most: number) => number;
}

export function createDice(seed: number): Dice {
  const uses = new Map<string, number>();
  function roll(label: string): number {
    const use = (uses.get(label) ?? 0) + 1;
    uses.set(label, use);
    return createHash('sha256').update(`${seed}\n${label}\n${use}`).digest().readUInt32BE() / 2 ** 32;
  }
  const between = (label: string, least: number, most: number) => least + Math.floor(roll(label) * (most - least + 1));
  return {
    roll,
    between,
    happens: (label, probability) => roll(label) < probability,
    pick: <T>(label: string, choices: readonly T[]) => choices[between(label, 0, choices.length - 1)] as T,
  };
}
