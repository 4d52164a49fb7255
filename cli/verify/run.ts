import { createBucket } from '../bucket.ts';
import { createS3Client } from '../clients.ts';
import { withProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { EXIT } from '../usage.ts';
import type { Options } from './command.ts';
import { writeVerdict } from './report.ts';
import { verifyDay } from './verify.ts';

/** Reads the day, and prints the verdict; answers the exit status. */
export async function runVerify(
  { json, bucket: name, ...request }: Options,
  now: Date,
  terminal: Terminal,
): Promise<number> {
  const s3 = createS3Client();
  try {
    const verdict = await withProgress('Reading', (advance) =>
      verifyDay(request, createBucket(s3, name), now, advance),
    );
    terminal.stdout.write(json ? `${JSON.stringify(verdict, null, 2)}\n` : writeVerdict(verdict));
    return verdict.clean ? EXIT.done : EXIT.left;
  } finally {
    s3.destroy();
  }
}
