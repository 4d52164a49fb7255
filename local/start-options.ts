import { Command, InvalidArgumentError } from 'commander';

export interface StartOptions {
  readonly records: number;
  /** Whether the run is shown on a page, and stays reachable until Ctrl-C. */
  readonly keep: boolean;
}

const MOST_RECORDS = 100_000;

/** Returns the command line of `npm start`, whose options are `StartOptions`. */
export function createStartCommand(): Command {
  return new Command('npm start --')
    .description('Runs the whole service on this machine: encrypted records in, archive and events out.')
    .option('--records <number>', `how many records to write, 1 to ${MOST_RECORDS}`, readRecords, 300)
    .option('--keep', 'serve a page that shows the run, leave it running afterwards, and print how to reach it', false);
}

function readRecords(text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MOST_RECORDS) throw new InvalidArgumentError(`A whole number from 1 to ${MOST_RECORDS}.`);
  return number;
}
