import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { StatementText } from '../../src/config.ts';
import { codeOf } from '../failure.ts';
import { type DatabaseStream, readStream } from '../stream.ts';
import type { Exit, Terminal } from '../terminal.ts';
import { argument, createStatementTextOption, EXIT_HELP } from '../usage.ts';
import { readSubject, type Subject } from './read-subject.ts';

interface Options {
  readonly file: string;
  readonly stream?: DatabaseStream;
  readonly statementText: StatementText;
}

const FILE_HELP = `
The file holds JSON, one of these:
- a Kinesis record as Lambda delivers it, or an event with exactly one
- an object of the quarantine
- the outer record, {"type": "DatabaseActivityMonitoringRecords", …}, with --stream
- the inner record, {"type": "DatabaseActivityMonitoringRecord", …}, which needs no AWS
`;

export function addExplain(program: Command, terminal: Terminal, exit: Exit): void {
  const command = program.command('explain');
  command
    .description('Shows step by step what the function, as it is by default, makes of one record.')
    .requiredOption('--file <path>', 'the file that holds it; - for stdin')
    .option(
      '--stream <name>',
      'name or ARN of the Kinesis stream, where the record does not tell',
      argument(readStream),
    )
    .addOption(createStatementTextOption())
    .addHelpText('after', FILE_HELP + EXIT_HELP)
    .action(async ({ file, stream, statementText }: Options) => {
      const refuse = (problem: string) => command.error(`error: option '--file <path>': ${problem}`);
      const bytes = await readBytes(file, terminal).catch((cause: unknown) =>
        refuse(`it cannot be read: ${codeOf(cause)}`),
      );
      const subject = readSubjectOr(refuse, bytes, stream ?? null);
      const { runExplain } = await import('./run.ts');
      exit(await runExplain(subject, statementText, terminal));
    });
}

async function readBytes(file: string, { stdin }: Terminal): Promise<Uint8Array> {
  return file === '-' ? buffer(stdin) : readFile(file);
}

function readSubjectOr(refuse: (problem: string) => never, bytes: Uint8Array, stream: DatabaseStream | null): Subject {
  try {
    return readSubject(bytes, stream);
  } catch (problem) {
    return refuse((problem as Error).message);
  }
}
