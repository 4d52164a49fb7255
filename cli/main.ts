import { Command, CommanderError } from 'commander';
import project from '../package.json' with { type: 'json' };
import { addExplain } from './explain/command.ts';
import { codeOf } from './failure.ts';
import { printable } from './printable.ts';
import { addRedrive } from './redrive/command.ts';
import { addTail } from './tail/command.ts';
import type { Terminal } from './terminal.ts';
import { EXIT, EXIT_HELP } from './usage.ts';
import { addVerify } from './verify/command.ts';

/** Runs the command that the arguments name, as in `['verify', '--help']`; returns the exit status. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let status: number = EXIT.done;
  const exit = (code: number) => {
    status = code;
  };
  const program = new Command('das-router')
    .description('Operates a deployed das-router.')
    .version(project.version)
    .addHelpText('after', EXIT_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  // Each loads what it runs only when it runs: neither the help nor another command waits for it.
  for (const add of [addRedrive, addVerify, addTail, addExplain]) add(program, terminal, exit);
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (cause) {
    // It has said what is wrong itself, or has shown the help that was asked for.
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.usage;
    // What ends a command is a call that lists or looks up: nothing in it is of a record.
    terminal.stderr.write(`${printable(`error: ${codeOf(cause)}: ${(cause as Error).message}`)}\n`);
    return EXIT.left;
  }
}
