import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const FOLDER = join(import.meta.dirname, '..', 'schemas');

interface PublishedEvent {
  readonly 'detail-type': string;
  readonly source?: unknown;
}

/** Holds every event of the router on a bus against its schema. */
export function checkSchemas() {
  const violations = new Set<string>();
  let checking = true;
  return {
    check(event: PublishedEvent): void {
      if (!checking || event.source !== 'das-router') return;
      for (const violation of findSchemaViolations(event)) violations.add(violation);
    },
    /** Ends the check, and answers in what events differed. From then on a person may publish what they like. */
    end(): readonly string[] {
      checking = false;
      const found = [...violations];
      violations.clear();
      return found;
    },
  };
}

/** Fails where an event was published against its schema. */
export function refuseViolations(violations: readonly string[]): void {
  if (violations.length > 0) throw new Error(`Published against the schemas:\n${violations.join('\n')}`);
}

/**
 * Says in what an event that the router published differs from the schema of its detail-type. A field that the schema does
 * not name is a difference too: subscribers would not know it.
 */
export function findSchemaViolations(event: PublishedEvent): readonly string[] {
  const validate = validators().get(event['detail-type']);
  if (validate === undefined) return [`${event['detail-type']} has no schema`];
  validate(event);
  return (validate.errors ?? []).map(
    ({ instancePath: path, message, params }) => `${event['detail-type']}${path} ${message} ${JSON.stringify(params)}`,
  );
}

let compiled: ReadonlyMap<string, ValidateFunction> | null = null;

function validators(): ReadonlyMap<string, ValidateFunction> {
  compiled ??= compileSchemas();
  return compiled;
}

function compileSchemas(): ReadonlyMap<string, ValidateFunction> {
  const ajv = addFormats.default(new Ajv2020({ allErrors: true, allowUnionTypes: true }));
  return new Map(
    readdirSync(FOLDER).map((file) => {
      const schema = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'), withoutMore);
      return [schema.title, ajv.compile(schema)];
    }),
  );
}

// Subscribers take what a later minor version adds; here nothing may be added unsaid.
function withoutMore(_name: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'properties' in value
    ? { ...value, additionalProperties: false }
    : value;
}
