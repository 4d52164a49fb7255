import { once } from 'node:events';
import { styleText } from 'node:util';
import type { StatementText } from '../../src/config.ts';
import { createKinesisClient, PATIENT_ATTEMPTS } from '../clients.ts';
import { createDataKeys } from '../data-keys.ts';
import { createDefaultConfig } from '../default-config.ts';
import { printable } from '../printable.ts';
import { regionOf } from '../stream.ts';
import { EXIT } from '../usage.ts';
import { createKinesisStream } from './kinesis.ts';
import { type Request, tail } from './tail.ts';
import { type Formats, writeEvent } from './write-event.ts';

/** Tails a stream until a signal ends it, or nobody reads any more; answers the exit status. */
export async function runTail(request: Request, statementText: StatementText, json: boolean): Promise<number> {
  const region = regionOf(request.stream);
  const config = createDefaultConfig(statementText);
  const [kinesis, dataKeys] = [createKinesisClient(region), createDataKeys(region, config, PATIENT_ATTEMPTS)];
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, end);
  // Whoever reads the output may have seen enough.
  process.stdout.once('error', end);
  // Each shard waits for its own turn.
  process.stdout.setMaxListeners(0);
  const write = json ? printable : (detail: string) => writeEvent(JSON.parse(detail), colour);
  const ports = {
    config,
    kinesis: createKinesisStream(kinesis, request.stream, stop.signal),
    unwrapDataKey: dataKeys.unwrap,
    async show(detail: string) {
      if (!process.stdout.write(`${write(detail)}\n`)) await once(process.stdout, 'drain', { signal: stop.signal });
    },
    warn(line: string) {
      process.stderr.write(`${printable(line)}\n`);
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

/** One format at a time: of several Node 20 does not ask whether they may be shown. */
function colour(formats: Formats, text: string): string {
  return formats.reduce((styled, format) => styleText(format, styled, { stream: process.stdout }), text);
}
