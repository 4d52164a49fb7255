import type { Command } from 'commander';
import type { ActivityClass } from '../../src/activity.ts';
import { CONFIG_SETTINGS, type StatementText } from '../../src/config.ts';
import { type DatabaseStream, readStream } from '../stream.ts';
import type { Exit, Terminal } from '../terminal.ts';
import { argument, createStatementTextOption, EXIT_HELP } from '../usage.ts';
import { readSince } from './since.ts';

interface Options {
  readonly stream: DatabaseStream;
  readonly since?: Date;
  readonly class?: ReadonlySet<ActivityClass>;
  readonly user?: string;
  readonly statementText: StatementText;
  readonly json?: boolean;
}

const TAIL_HELP = `
Every event but heartbeats is shown, what the function drops or does not publish too. Ctrl-C ends it, with 0.
`;

export function addTail(program: Command, terminal: Terminal, exit: Exit): void {
  program
    .command('tail')
    .description('Prints the events of a live stream as they come, decrypted and classified, one line each.')
    .requiredOption('--stream <name>', 'name or ARN of the Kinesis stream', argument(readStream))
    .option(
      '--since <moment>',
      'also what came before: a duration, as in 10m, or a time, as in 2026-03-01T12:00:00Z',
      argument((text) => readSince(text, new Date())),
    )
    .option(
      '--class <classes>',
      'only these classes: a comma list, as in DDL,DML',
      argument(CONFIG_SETTINGS.archiveClasses.read),
    )
    .option('--user <name>', 'only what this database user did, in capitals or not')
    .addOption(createStatementTextOption())
    .option('--json', 'print the detail of each event as the bus has it, one JSON object a line')
    .addHelpText('after', TAIL_HELP + EXIT_HELP)
    .action(async ({ stream, since, class: classes, user, statementText, json }: Options) => {
      const request = { stream, since: since ?? null, classes: classes ?? null, user: user ?? null };
      const { runTail } = await import('./run.ts');
      exit(await runTail(request, statementText, json ?? false, terminal));
    });
}
