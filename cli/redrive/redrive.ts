import pMap from 'p-map';
import type { Bucket } from '../bucket.ts';
import { codeOf, Failure } from '../failure.ts';
import type { Advance } from '../progress.ts';
import { FAILURES_PREFIX, type From, type KeptObject, SOURCES } from './deliveries.ts';
import type { FindFunction } from './function.ts';
import { listMarked, markOf } from './marks.ts';
import { type Plan, planRedrive } from './plan.ts';
import { wasQuarantinedAgain } from './quarantined-again.ts';
import { type Invoke, sendRecords } from './send.ts';

export interface Request {
  readonly from: From;
  /** Where the quarantine lies. */
  readonly prefix: string;
  readonly reason: string | null;
  readonly since: string | null;
  readonly dryRun: boolean;
}

export interface Ports {
  readonly bucket: Bucket;
  readonly findFunction: FindFunction;
  readonly createInvoke: (functionName: string) => Invoke;
  readonly now: () => Date;
}

/** What became of an object. */
export interface Outcome {
  readonly key: string;
  /** Reason or condition; null where it could not be read. */
  readonly cause: string | null;
  readonly state: 'redriven' | 'quarantined again' | 'failed' | 'to send';
  /** Whether the function was handed its records. */
  readonly sent: boolean;
  /** Why it failed. */
  readonly code: string | null;
  /** What to do about it, where a person must. */
  readonly advice: string;
  /** Where its records would go: of those that are to be sent. */
  readonly target: { readonly functionName: string; readonly records: number } | null;
}

/** How many invocations there are at a time: the streams need room beside them. */
const CONCURRENCY = 4;

/** Lists what there is, and the marks of it. */
export async function findObjects({ from, prefix, reason, since }: Request, bucket: Bucket): Promise<Plan> {
  const place = from === 'quarantine' ? prefix : FAILURES_PREFIX;
  const folder = reason === null ? `${place}/` : `${place}/reason=${reason}/`;
  const marked = await listMarked(bucket, folder);
  const keys: string[] = [];
  for await (const key of bucket.listKeys(folder)) keys.push(key);
  return planRedrive(keys, marked, since, (key) => SOURCES[from].readKey(key, place));
}

/** Hands what is planned to the function, and marks what is durable. */
export async function redrive(
  { toSend, strange }: Plan,
  request: Request,
  ports: Ports,
  advance: Advance,
): Promise<readonly Outcome[]> {
  let done = 0;
  advance(done, toSend.length);
  const outcomes = await pMap(
    toSend,
    async (kept) => {
      const outcome = await redriveOne(kept, request, ports);
      advance(++done, toSend.length);
      return outcome;
    },
    { concurrency: CONCURRENCY },
  );
  return [
    ...outcomes,
    ...strange.map((key): Outcome => ({ ...NOTHING_DONE, key, cause: null, state: 'failed', code: 'KEY_UNKNOWN' })),
  ];
}

const NOTHING_DONE = { sent: false, code: null, advice: '', target: null } as const;

async function redriveOne(kept: KeptObject, request: Request, ports: Ports): Promise<Outcome> {
  const { bucket, findFunction, createInvoke, now } = ports;
  const { key } = kept;
  let { cause } = kept;
  let sent = false;
  try {
    const { bytes } = await bucket.readObject(key);
    const { cause: told, records } = SOURCES[request.from].readBody(Buffer.from(bytes).toString());
    cause ??= told;
    const functionName = await findFunction(records[0].eventSourceARN);
    if (request.dryRun) {
      return { ...NOTHING_DONE, key, cause, state: 'to send', target: { functionName, records: records.length } };
    }
    sent = true;
    const logTail = await sendRecords(records, createInvoke(functionName));
    if (request.from === 'quarantine' && wasQuarantinedAgain(logTail)) {
      return { ...NOTHING_DONE, key, cause, state: 'quarantined again', sent };
    }
    // Where the mark exists, another run has redriven the object at the same time.
    await bucket.createObject(markOf(key), JSON.stringify({ redrivenAt: now().toISOString(), function: functionName }));
    return { ...NOTHING_DONE, key, cause, state: 'redriven', sent };
  } catch (problem) {
    const advice = problem instanceof Failure ? problem.message : '';
    return { ...NOTHING_DONE, key, cause, state: 'failed', sent, code: codeOf(problem), advice };
  }
}
