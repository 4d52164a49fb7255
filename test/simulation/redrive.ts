import { createBucket } from '../../cli/bucket.ts';
import type { From } from '../../cli/redrive/deliveries.ts';
import { findObjects, type Outcome, redrive } from '../../cli/redrive/redrive.ts';
import { tailOf } from '../../local/aws/lambda.ts';
import type { Observation } from './simulate.ts';
import type { World } from './world.ts';

/** Redrives what a run left, as the command line does. */
export async function redriveRun(from: From, run: Observation, { s3 }: World): Promise<readonly Outcome[]> {
  const request = { from, prefix: 'quarantine', reason: null, since: null, dryRun: false } as const;
  const bucket = createBucket(s3, run.bucket);
  const ports = {
    bucket,
    findFunction: async () => 'das-router',
    createInvoke: () => async (Records: unknown) => {
      const { response, log } = await run.invoke({ Records });
      return { response, logTail: tailOf(log) };
    },
    now: () => new Date(),
  };
  const plan = await findObjects(request, bucket);
  return run.run(redrive(plan, request, ports, () => undefined));
}
