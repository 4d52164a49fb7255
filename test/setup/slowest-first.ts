import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, slowest first. If one of them started last, the other core would idle meanwhile. */
const SLOWEST = ['schedules', 'crashes', 'mishaps'];

/** Starts the slowest files first, on a fresh clone too, where Vitest knows no durations yet. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = SLOWEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at === -1 ? SLOWEST.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}
