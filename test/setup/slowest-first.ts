import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, in the order of their duration: whichever starts last must not keep one core busy alone. */
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
