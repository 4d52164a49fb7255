import { Command, CommanderError } from 'commander';
import project from '../package.json' with { type: 'json' };
import { addExplain } from './explain/command.ts';
import { codeOf } from './failure.ts';
import { printable } from './printable.ts';
import { addRedrive } from './redrive/command.ts';
import { addTail } from './tail/command.ts';
import { EXIT, EXIT_HELP } from './usage.ts';
import { addVerify } from './verify/command.ts';

const program = new Command('das-router')
  .description('Operates a deployed das-router.')
  .version(project.version)
  .addHelpText('after', EXIT_HELP)
  .exitOverride();
// Each loads what it runs only when it runs: neither the help nor another command waits for it.
addRedrive(program);
addVerify(program);
addTail(program);
addExplain(program);

// Whoever reads the output may have seen enough, as `head` has.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE') throw cause;
  });
}

try {
  await program.parseAsync();
} catch (cause) {
  process.exitCode = statusOf(cause);
}

function statusOf(cause: unknown): number {
  // It has said what is wrong itself, or has shown the help that was asked for.
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.usage;
  // What ends a command is a call that lists or looks up: nothing in it is of a record.
  process.stderr.write(`${printable(`error: ${codeOf(cause)}: ${(cause as Error).message}`)}\n`);
  return EXIT.left;
}
