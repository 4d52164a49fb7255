import type { StatementText } from '../../src/config.ts';
import { ATTEMPTS } from '../clients.ts';
import { createDataKeys } from '../data-keys.ts';
import { createDefaultConfig } from '../default-config.ts';
import { regionOf } from '../stream.ts';
import type { Terminal } from '../terminal.ts';
import { EXIT } from '../usage.ts';
import { explain } from './explain.ts';
import type { Subject } from './read-subject.ts';
import { writeStep } from './step.ts';

/** Prints each step as it is done; answers the exit status. */
export async function runExplain(subject: Subject, statementText: StatementText, terminal: Terminal): Promise<number> {
  const config = createDefaultConfig(statementText);
  const dataKeys = createDataKeys(regionOf({ arn: subject.origin.streamArn }), config, ATTEMPTS);
  try {
    // Said at once: what goes wrong within a step is told by a word alone.
    if ('data' in subject.content) await dataKeys.findRegion();
    const steps = explain(subject, config, dataKeys.unwrap);
    for (;;) {
      const { done, value } = await steps.next();
      if (done) return value ? EXIT.done : EXIT.left;
      terminal.stdout.write(writeStep(value));
    }
  } finally {
    dataKeys.close();
  }
}
