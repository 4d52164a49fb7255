// Makes the JSON Schemas of what is published, out of the types of those who subscribe and their docstrings.
import { join } from 'node:path';
import { createGenerator, type Schema } from 'ts-json-schema-generator';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** A schema for each detail-type, as text, by the name of its file in `schemas/`. */
export function createEventSchemas(): ReadonlyMap<string, string> {
  const generator = createGenerator({
    path: join(import.meta.dirname, 'src', 'events.ts'),
    tsconfig: join(import.meta.dirname, 'tsconfig.json'),
    // Each stands alone: nothing of it is elsewhere.
    expose: 'none',
    topRef: false,
    // Subscribers go on when a minor version adds a field.
    additionalProperties: true,
    // The compiler has done so.
    skipTypeCheck: true,
  });
  const activities = generator.createSchema('DatabaseActivityEvent').anyOf as readonly Schema[];
  const quarantined = generator.createSchema('RecordQuarantinedEvent');
  return new Map([...activities, quarantined].map((schema) => [nameFile(schema), write(schema)]));
}

function nameFile(schema: Schema): string {
  return `${detailTypeOf(schema).toLowerCase().replaceAll(/[ _]/g, '-')}.json`;
}

function detailTypeOf({ properties = {} }: Schema): string {
  const { 'detail-type': detailType } = properties as Readonly<Record<string, Schema>>;
  return String(detailType?.const);
}

function write(schema: Schema): string {
  // What the generator writes means the same in both dialects.
  const { $schema: _, definitions: __, description, ...rest } = schema;
  const name = detailTypeOf(schema);
  const head = {
    $schema: DIALECT,
    $id: `urn:das-router:1:${nameFile(schema)}`,
    title: name,
    description: `${name}. ${description}`,
  };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}
