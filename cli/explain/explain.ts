import { AlgorithmSuiteIdentifier } from '@aws-crypto/client-node';
import type { Config } from '../../src/config.ts';
import type { UnwrapDataKey } from '../../src/data-keys.ts';
import { encryptionContext } from '../../src/encryption-context.ts';
import { type Stage, toStageError } from '../../src/errors.ts';
import { classify, isHeartbeat } from '../../src/transforms/classify.ts';
import { decode } from '../../src/transforms/decode.ts';
import { decompress } from '../../src/transforms/decompress.ts';
import { decrypt } from '../../src/transforms/decrypt.ts';
import { parse } from '../../src/transforms/parse.ts';
import { describeEvent } from './describe-event.ts';
import { describeFailure } from './describe-failure.ts';
import type { Subject } from './read-subject.ts';
import type { Step } from './step.ts';

/**
 * Does with a record what the pipeline does, and tells each step as it is done; the last one is that which fails, where one
 * does. Answers whether all went well.
 */
export async function* explain(
  subject: Subject,
  config: Config,
  unwrapDataKey: UnwrapDataKey,
): AsyncGenerator<Step, boolean> {
  const { origin, content } = subject;
  // Where an error that no leaf foresaw arose.
  let stage: Stage = 'decode';
  try {
    yield describeOrigin(subject);
    let bytes: Uint8Array;
    if ('inner' in content) {
      bytes = content.inner;
    } else {
      const { key, message } = decode(content.data);
      yield {
        name: stage,
        facts: [`a message of ${count(message.length, 'byte')}, a data key of ${count(key.length, 'byte')}`],
      };
      stage = 'data-key';
      const materials = await unwrapDataKey(key, origin, new AbortController().signal);
      yield {
        name: stage,
        facts: [`decrypted by KMS, with the encryption context ${writeContext(origin.resourceId)}`],
      };
      stage = 'decrypt';
      const compressed = await decrypt(message, materials);
      yield { name: stage, facts: [`${count(compressed.length, 'byte')}, ${describeHeader(message)}`] };
      stage = 'decompress';
      bytes = decompress(compressed, config.maxRecordBytes);
      yield { name: stage, facts: [count(bytes.length, 'byte')] };
    }
    stage = 'parse';
    const { events, instanceId } = parse(bytes, origin.resourceId);
    const heartbeats = events.filter(isHeartbeat).length;
    yield {
      name: stage,
      facts: [
        `${count(events.length - heartbeats, 'event')}, ${count(heartbeats, 'heartbeat')}`,
        `written by ${instanceId || 'an instance that is not named'}`,
      ],
    };
    stage = 'classify';
    for (const [index, listed] of events.entries()) {
      // They are counted, and that is all.
      if (isHeartbeat(listed)) continue;
      const event = classify(listed, index, instanceId, origin);
      yield* describeEvent(event, listed.fields, subject.arrived, config);
    }
    return true;
  } catch (cause) {
    const error = toStageError(stage, cause);
    yield { name: error.stage, facts: describeFailure(error) };
    return false;
  }
}

function describeOrigin({ origin, arrived, content }: Subject): Step {
  const { resourceId, shardId, sequenceNumber, arrivalTime } = origin;
  const source = resourceId === '' ? 'a source that is not named' : resourceId;
  const what = 'inner' in content ? 'an inner record, decrypted before' : 'a record of Kinesis';
  const place = arrived ? [`${shardId} ${sequenceNumber}`, `arrived ${arrivalTime}`] : [];
  const facts = [`${what}, of ${source}`, ...place, "by the defaults of the function's configuration"];
  return { name: 'record', facts };
}

function writeContext(resourceId: string): string {
  return Object.entries(encryptionContext(resourceId))
    .map((pair) => pair.join('='))
    .join();
}

/** Of a message that was decrypted, and so is well-formed. */
function describeHeader(message: Uint8Array): string {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const version = view.getUint8(0);
  // The first version has the message's type between.
  const suite = view.getUint16(version === 1 ? 2 : 1);
  return `message version ${version}, suite ${AlgorithmSuiteIdentifier[suite]}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
