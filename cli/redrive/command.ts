import { type Command, Option } from 'commander';
import { QUARANTINE_REASONS } from '../../src/activity.ts';
import type { Exit, Terminal } from '../terminal.ts';
import { argument, EXIT_HELP, readBucket, readDay, readPrefix } from '../usage.ts';
import type { From } from './deliveries.ts';

/** As they are read from the command line. */
export interface Options {
  readonly from: From;
  readonly bucket: string;
  readonly since?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly function?: string;
  readonly prefix: string;
}

export function addRedrive(program: Command, terminal: Terminal, exit: Exit): void {
  const command = program.command('redrive');
  command
    .description(
      'Hands quarantined records, or the batches that Lambda gave up, to the function again.\n' +
        'What is durable then gets a mark under redriven/ in the same bucket, and is not sent again.',
    )
    .addOption(new Option('--from <kind>', 'what to redrive').choices(['quarantine', 'failures']).makeOptionMandatory())
    .requiredOption('--bucket <name>', 'the bucket that holds it', argument(readBucket))
    .option(
      '--since <day>',
      'only records that arrived in the stream, or batches given up, on this day or later (YYYY-MM-DD)',
      argument(readDay),
    )
    .addOption(new Option('--reason <reason>', 'only this reason of a quarantine').choices(QUARANTINE_REASONS))
    .option('--dry-run', 'say what would be sent: send nothing, mark nothing')
    .option('--function <name>', 'name or ARN of the function (default: the one that reads the stream)')
    .option('--prefix <prefix>', 'where the quarantine lies', argument(readPrefix), 'quarantine')
    .addHelpText('after', `${EXIT_HELP}\nWith --dry-run the status is 1 when there is something to send.`)
    .action(async (options: Options) => {
      if (options.from === 'failures') refuseForFailures(command);
      const { runRedrive } = await import('./run.ts');
      exit(await runRedrive(options, terminal));
    });
}

function refuseForFailures(command: Command): void {
  for (const name of ['reason', 'prefix']) {
    if (command.getOptionValueSource(name) === 'cli') {
      command.error(`error: option '--${name}' goes with '--from quarantine' alone`);
    }
  }
}
