import { createBucket } from '../bucket.ts';
import { createLambdaClient, createS3Client } from '../clients.ts';
import { withProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { EXIT } from '../usage.ts';
import type { Options } from './command.ts';
import { createFindFunction, createInvoke } from './function.ts';
import { findObjects, redrive } from './redrive.ts';
import { writeReport } from './report.ts';

/** Redrives, and prints what became of it; answers the exit status. */
export async function runRedrive(options: Options, terminal: Terminal): Promise<number> {
  const { from, prefix, since, reason, dryRun = false } = options;
  const [s3, lambda] = [createS3Client(), createLambdaClient()];
  try {
    const request = { from, prefix, since: since ?? null, reason: reason ?? null, dryRun };
    const bucket = createBucket(s3, options.bucket);
    const named = options.function;
    const ports = {
      bucket,
      findFunction: named === undefined ? createFindFunction(lambda) : async () => named,
      createInvoke: (functionName: string) => createInvoke(lambda, functionName),
      now: () => new Date(),
    };
    const plan = await withProgress('Listing', () => findObjects(request, bucket));
    const outcomes = await withProgress(dryRun ? 'Reading' : 'Redriving', (advance) =>
      redrive(plan, request, ports, advance),
    );
    terminal.stdout.write(writeReport(plan, outcomes, options.bucket));
    return outcomes.every(({ state }) => state === 'redriven') ? EXIT.done : EXIT.left;
  } finally {
    for (const client of [s3, lambda]) client.destroy();
  }
}
