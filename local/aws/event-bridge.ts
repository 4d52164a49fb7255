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
  readonly arn: string;
  /** As it was put: `Name`, `EventPattern`, `Description`. */
  readonly input: JsonInput;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly matches: (event: unknown) => boolean;
  /** By id. */
  readonly targets: Map<string, JsonInput>;
}

interface Place {
  readonly region: string;
  readonly accountId: string;
}

const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;
const MAX_TARGETS = 5;

/** In the place of an error code: the answer breaks off before the entry, which is not accepted. */
export const NO_ANSWER = 'NoAnswer';

/** Says with which error code an entry of a call fails, or null where it does not. */
export type FailEntry = (entry: JsonInput) => string | null;

/**
 * EventBridge: buses, rules with the product's own matcher, and targets. It tries a target once: what the target does not take
 * goes to the target's dead-letter queue, or nowhere, and who put the event is not told.
 */
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

  function ruleOf(input: JsonInput, name: unknown): Rule {
    const rule = rulesOf(input).get(String(name));
    if (rule === undefined) throw new AwsError('ResourceNotFoundException', 'The rule does not exist');
    return rule;
  }

  function setState(input: JsonInput, state: Rule['state']): void {
    rulesOf(input).set(String(input.Name), { ...ruleOf(input, input.Name), state });
  }

  async function deliverTo({ input }: Rule, target: JsonInput, event: JsonInput): Promise<void> {
    const body = writeInput(target, event);
    const targetArn = String(target.Arn);
    const deadLetters = (target.DeadLetterConfig as JsonInput | undefined)?.Arn;
    try {
      await deliver(targetArn, body);
      sightings.emit('delivered', { rule: String(input.Name), targetArn, event: body });
    } catch {
      if (deadLetters !== undefined) await deliver(String(deadLetters), body).catch(() => undefined);
    }
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
    const targets = [...rules.values()]
      .filter(({ state, matches }) => state === 'ENABLED' && matches(event))
      .flatMap((rule) => [...rule.targets.values()].map((target) => ({ rule, target })));
    await Promise.all(targets.map(({ rule, target }) => deliverTo(rule, target, event)));
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
          const rules = rulesOf(input);
          const name = String(input.Name);
          if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) throw new AwsError('ValidationException', 'The name is invalid');
          const arn = `arn:aws:events:${region}:${accountId}:rule/${busName(input.EventBusName)}/${name}`;
          const state = input.State === 'DISABLED' ? 'DISABLED' : 'ENABLED';
          const targets = rules.get(name)?.targets ?? new Map();
          rules.set(name, { arn, input, state, matches: compileRule(input.EventPattern), targets });
          return { RuleArn: arn };
        },
      ],
      ['DescribeRule', (input) => describeRule(ruleOf(input, input.Name))],
      [
        'ListRules',
        (input) => {
          const rules = [...rulesOf(input)].filter(([name]) => name.startsWith(String(input.NamePrefix ?? '')));
          return { Rules: rules.map(([, rule]) => describeRule(rule)) };
        },
      ],
      ['DisableRule', (input) => setState(input, 'DISABLED')],
      ['EnableRule', (input) => setState(input, 'ENABLED')],
      [
        'DeleteRule',
        (input) => {
          const rule = rulesOf(input).get(String(input.Name));
          if (rule !== undefined && rule.targets.size > 0) {
            throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
          }
          rulesOf(input).delete(String(input.Name));
        },
      ],
      [
        'PutTargets',
        (input) => {
          const { targets } = ruleOf(input, input.Rule);
          const added = input.Targets as readonly JsonInput[];
          const ids = new Set([...targets.keys(), ...added.map(({ Id: id }) => String(id))]);
          if (ids.size > MAX_TARGETS) throw new AwsError('LimitExceededException', `${MAX_TARGETS} targets at most`);
          for (const target of added) checkInput(target);
          for (const target of added) targets.set(String(target.Id), target);
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
      ],
      ['ListTargetsByRule', (input) => ({ Targets: [...ruleOf(input, input.Rule).targets.values()] })],
      [
        'RemoveTargets',
        (input) => {
          const { targets } = ruleOf(input, input.Rule);
          const missing = (input.Ids as readonly string[]).filter((id) => !targets.delete(id));
          const FailedEntries = missing.map((id) => ({ TargetId: id, ErrorCode: 'ResourceNotFoundException' }));
          return { FailedEntryCount: missing.length, FailedEntries };
        },
      ],
      [
        'TestEventPattern',
        ({ EventPattern: pattern, Event: event }) => ({ Result: compileRule(pattern)(readEvent(event)) }),
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

function readEvent(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    throw new AwsError('ValidationException', 'The event is no JSON');
  }
}

function compileRule(pattern: unknown): Rule['matches'] {
  if (pattern === undefined) throw new AwsError('ValidationException', 'EventPattern must be specified');
  try {
    return compilePattern(JSON.parse(String(pattern)));
  } catch (cause) {
    throw new AwsError('InvalidEventPatternException', (cause as Error).message);
  }
}

function describeRule({ arn, input, state }: Rule): JsonInput {
  const { Name, EventBusName, EventPattern, Description } = input;
  return { Name, Arn: arn, EventBusName: busName(EventBusName), EventPattern, Description, State: state };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
function checkInput({ Input: input, InputPath: path, InputTransformer: transformer }: JsonInput): void {
  if ([input, path, transformer].filter((one) => one !== undefined).length > 1) {
    throw new AwsError('ValidationException', 'Only one of Input, InputPath, or InputTransformer must be provided');
  }
  if (transformer !== undefined) throw new AwsError('ValidationException', 'No local stand-in for InputTransformer');
}

/** What the target gets: a text of its own, a part of the event, or all of it. */
function writeInput({ Input: input, InputPath: path = '$' }: JsonInput, event: JsonInput): string {
  if (input !== undefined) return String(input);
  const [, ...fields] = String(path).split('.');
  return JSON.stringify(fields.reduce<unknown>((value, field) => (value as JsonInput | undefined)?.[field], event));
}

// A bus is named by its name or its ARN.
function busName(nameOrArn: unknown): string {
  const text = String(nameOrArn ?? 'default');
  return text.slice(text.lastIndexOf('/') + 1);
}
