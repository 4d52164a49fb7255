import { printable } from '../printable.ts';

/** What the pipeline makes of a record at one stage, or of one of its events. */
export interface Step {
  readonly name: string;
  /** Each on a line. */
  readonly facts: readonly string[];
}

const NAME_WIDTH = 12;

/** For a person to read; each event is a paragraph. */
export function writeStep({ name, facts }: Step): string {
  const lines = facts.map((fact, place) => `${(place === 0 ? name : '').padEnd(NAME_WIDTH)}${printable(fact)}\n`);
  return `${name === 'event' ? '\n' : ''}${lines.join('')}`;
}
