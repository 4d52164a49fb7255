import type { Command } from 'commander';
import { wholeNumber } from '../../src/settings.ts';
import type { Exit, Terminal } from '../terminal.ts';
import { argument, EXIT_HELP, readBucket, readDay, readPrefix } from '../usage.ts';

/** As they are read from the command line. */
export interface Options {
  readonly bucket: string;
  readonly day: string;
  readonly archivePrefix: string;
  readonly quarantinePrefix: string;
  readonly gapMinutes: number;
  readonly json?: boolean;
}

const GAP_HELP = `
A gap is a stretch of the day, from 00:00 to 24:00 UTC or to now, without a sign of life of an instance: an archived event,
or the heartbeats that each archive object names. Where nothing at all was archived nothing says that an instance lived:
such a stretch is a gap too. An instance without any sign on the day is not known and shows none.
`;

export function addVerify(program: Command, terminal: Terminal, exit: Exit): void {
  const command = program.command('verify');
  command
    .description('Reads a day of the archive and says what is wrong with it.')
    .requiredOption('--bucket <name>', 'the bucket of archive and quarantine', argument(readBucket))
    .requiredOption('--day <day>', 'the day by arrival, UTC (YYYY-MM-DD)', argument(readDay))
    .option('--archive-prefix <prefix>', 'where the archive lies', argument(readPrefix), 'activity')
    .option('--quarantine-prefix <prefix>', 'where the quarantine lies', argument(readPrefix), 'quarantine')
    .option('--gap-minutes <minutes>', 'how long an instance may be silent', argument(wholeNumber(1, 1440)), 10)
    .option('--json', 'print JSON instead of tables')
    .addHelpText('after', GAP_HELP + EXIT_HELP)
    .action(async (options: Options) => {
      const now = new Date();
      if (options.day > now.toISOString().slice(0, 10)) command.error(`error: ${options.day} has not begun`);
      const { runVerify } = await import('./run.ts');
      exit(await runVerify(options, now, terminal));
    });
}
