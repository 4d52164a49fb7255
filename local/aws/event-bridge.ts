import { randomUUID } from 'node:crypto';
import { compilePattern } from '../../src/patterns/pattern.ts';
import { sightings } from '../sightings.ts';
import type { Respond } from './endpoint.ts';
import { AwsError, type JsonInput, jsonService } from './json-service.ts';

/** Hands an event, as a target gets it, to the target's ARN. */
export type Deliver = (targetArn: string, event: string) => Promise<void>;

/** An event as EventBridge took it, whether a rule matches it or not. */
export interface PublishedEvent {
  readonly 'detail-type': string;
  readonly source: unknown;
  readonly detail: unknown;
}

interface Rule {
  readonly matches: (event: unknown) => boolean;
  readonly targets: Map<string, string>;
}

interface Place {
  readonly region: string;
  readonly accountId: string;
}

const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;

/** In the place of an error code: the answer breaks off before the entry, which is not accepted. */
export const NO_ANSWER = 'NoAnswer';

/** Says with which error code an entry of a call fails, or null where it does not. */
export type FailEntry = (entry: JsonInput) => string | null;

/** EventBridge: buses, rules with the product's own matcher, and targets. */
export function createEventBridge(
  { region, accountId }: Place,
  deliver: Deliver,
  failEntry: FailEntry = () => null,
  onPublished: (event: PublishedEvent) => void = () => undefined,
): Respond {
  const buses = new Map<string, Map<string, Rule>>();

  function rulesOf(input: JsonInput): Map<string, Rule> {
    const rules = buses.get(busName(input.EventBusName));
    if (rules === undefined) throw new AwsError('ResourceNotFoundException', 'The event bus does not exist');
    return rules;
  }

  async function putEvent(entry: JsonInput): Promise<JsonInput> {
    const refusal = refuse(entry) ?? failEntry(entry);
    if (refusal !== null) return { ErrorCode: refusal, ErrorMessage: 'The entry is refused' };
    const id = randomUUID();
    const event = {
      version: '0',
      id,
      'detail-type': String(entry.DetailType),
      source: entry.Source,
      account: accountId,
      time: new Date(Number(entry.Time ?? Date.now() / 1000) * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: entry.Resources ?? [],
      detail: JSON.parse(String(entry.Detail)),
    };
    onPublished(event);
    // A bus that does not exist answers like any other, and the event is gone.
    const rules = buses.get(busName(entry.EventBusName)) ?? new Map<string, Rule>();
    const text = JSON.stringify(event);
    const deliveries = [...rules]
      .filter(([, { matches }]) => matches(event))
      .flatMap(([rule, { targets }]) => [...targets.values()].map((targetArn) => ({ rule, targetArn, event: text })));
    await Promise.all(
      deliveries.map(async (delivery) => {
        await deliver(delivery.targetArn, text);
        sightings.emit('delivered', delivery);
      }),
    );
    return { EventId: id };
  }

  return jsonService(
    new Map<string, (input: JsonInput) => unknown>([
      [
        'CreateEventBus',
        ({ Name: name }) => {
          buses.set(String(name), new Map());
          return { EventBusArn: `arn:aws:events:${region}:${accountId}:event-bus/${name}` };
        },
      ],
      [
        'PutRule',
        (input) => {
          const name = String(input.Name);
          const targets = rulesOf(input).get(name)?.targets ?? new Map<string, string>();
          rulesOf(input).set(name, { matches: compileRule(String(input.EventPattern)), targets });
          return { RuleArn: `arn:aws:events:${region}:${accountId}:rule/${busName(input.EventBusName)}/${name}` };
        },
      ],
      [
        'PutTargets',
        (input) => {
          const rule = rulesOf(input).get(String(input.Rule));
          if (rule === undefined) throw new AwsError('ResourceNotFoundException', 'The rule does not exist');
          for (const { Id: id, Arn: arn } of input.Targets as readonly JsonInput[])
            rule.targets.set(String(id), String(arn));
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
      ],
      [
        'PutEvents',
        async (input) => {
          const entries = input.Entries as readonly JsonInput[];
          const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)), 0);
          if (entries.length < 1 || entries.length > MAX_ENTRIES || bytes > MAX_BYTES) {
            throw new AwsError('ValidationException', `1 to ${MAX_ENTRIES} entries of ${MAX_BYTES} bytes at most`);
          }
          const all = await Promise.all(entries.map(putEvent));
          const broken = all.findIndex(({ ErrorCode: code }) => code === NO_ANSWER);
          const answers = broken === -1 ? all : all.slice(0, broken);
          return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
        },
      ],
    ]),
  );
}

function refuse({ Source: source, DetailType: detailType, Detail: detail }: JsonInput): string | null {
  if (!source || !detailType || !detail) return 'InvalidArgument';
  try {
    const value: unknown = JSON.parse(String(detail));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? null : 'MalformedDetail';
  } catch {
    return 'MalformedDetail';
  }
}

function compileRule(pattern: string): Rule['matches'] {
  try {
    return compilePattern(JSON.parse(pattern));
  } catch (cause) {
    throw new AwsError('InvalidEventPatternException', (cause as Error).message);
  }
}

// A bus is named by its name or its ARN.
function busName(nameOrArn: unknown): string {
  const text = String(nameOrArn ?? 'default');
  return text.slice(text.lastIndexOf('/') + 1);
}
