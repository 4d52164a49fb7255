import { once } from 'node:events';
import { styleText } from 'node:util';
import type { StatementText } from '../../src/config.ts';
import { createKinesisClient, PATIENT_ATTEMPTS } from '../clients.ts';
import { createDataKeys } from '../data-keys.ts';
import { createDefaultConfig } from '../default-config.ts';
import { printable } from '../printable.ts';
import { regionOf } from '../stream.ts';
import type { Terminal } from '../terminal.ts';
import { EXIT } from '../usage.ts';
import { createKinesisStream } from './kinesis.ts';
import { type Request, tail } from './tail.ts';
import { type Style, writeEvent } from './write-event.ts';

/** Tails a stream until a signal ends it, or nobody reads any more; answers the exit status. */
export async function runTail(
  request: Request,
  statementText: StatementText,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const region = regionOf(request.stream);
  const config = createDefaultConfig(statementText);
  const [kinesis, dataKeys] = [createKinesisClient(region), createDataKeys(region, config, PATIENT_ATTEMPTS)];
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) terminal.once(name, end);
  // Whoever reads the output may have seen enough.
  terminal.stdout.once('error', end);
  // Each shard waits for its own turn.
  terminal.stdout.setMaxListeners(0);
  const style = createStyle(terminal);
  const write = json ? printable : (detail: string) => writeEvent(JSON.parse(detail), style);
  const ports = {
    config,
    kinesis: createKinesisStream(kinesis, request.stream, stop.signal),
    unwrapDataKey: dataKeys.unwrap,
    async show(detail: string) {
      if (!terminal.stdout.write(`${write(detail)}\n`)) await once(terminal.stdout, 'drain', { signal: stop.signal });
    },
    warn(line: string) {
      terminal.stderr.write(`${printable(line)}\n`);
    },
  };
  try {
    await tail(request, ports, stop.signal);
    return EXIT.done;
  } catch (cause) {
    if (!stop.signal.aborted) throw cause;
    return EXIT.done;
  } finally {
    stop.abort();
    kinesis.destroy();
    dataKeys.close();
  }
}

/** Returns a style for a terminal. Formats are applied one by one: of a list Node 20 does not check whether it may be shown. */
function createStyle({ stdout }: Terminal): Style {
  return (formats, text) => formats.reduce((styled, format) => styleText(format, styled, { stream: stdout }), text);
}
