import { InvokeCommand, type LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { Failure } from '../failure.ts';
import type { Answered, Invoke } from './send.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export function createInvoke(lambda: LambdaClient, functionName: string): Invoke {
  return async (records): Promise<Answered> => {
    const {
      FunctionError: error,
      Payload: payload,
      LogResult: logTail = '',
    } = await lambda.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'RequestResponse',
        LogType: 'Tail',
        Payload: JSON.stringify({ Records: records }),
      }),
    );
    // Its payload says more, and may quote what the function was given.
    if (error !== undefined) throw new Failure('FUNCTION_ERROR');
    return { response: readJson(payload), logTail: Buffer.from(logTail, 'base64') };
  };
}

function readJson(payload: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString());
  } catch {
    throw new Failure('ANSWER_INVALID');
  }
}

/** Names the function that reads a stream. Throws a `Failure` where there is none, or more than one. */
export type FindFunction = (streamArn: string) => Promise<string>;

/** Looks each stream up once. */
export function createFindFunction(lambda: LambdaClient): FindFunction {
  const found = new Map<string, Promise<string>>();

  async function find(streamArn: string): Promise<string> {
    const names = new Set<string>();
    for await (const page of paginateListEventSourceMappings({ client: lambda }, { EventSourceArn: streamArn })) {
      for (const { FunctionArn: name } of page.EventSourceMappings ?? []) if (name !== undefined) names.add(name);
    }
    const [name, ...others] = names;
    if (name === undefined) {
      throw new Failure('NO_FUNCTION', `No function reads ${streamArn}: name it with --function.`);
    }
    if (others.length > 0) {
      throw new Failure('SEVERAL_FUNCTIONS', `${names.size} functions read ${streamArn}: name one with --function.`);
    }
    return name;
  }

  return (streamArn) => {
    const known = found.get(streamArn) ?? find(streamArn);
    found.set(streamArn, known);
    return known;
  };
}
