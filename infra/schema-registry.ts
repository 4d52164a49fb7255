import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Resource, type Resources, ref, substitute } from './cloudformation.ts';
import type { Parameters } from './parameters.ts';

type Json = string | number | boolean | null | readonly Json[] | JsonObject;

interface JsonObject {
  readonly [name: string]: Json;
}

const FOLDER = join(import.meta.dirname, '..', 'schemas');

const DRAFT_4 = 'http://json-schema.org/draft-04/schema#';

/** The schemas of what is published, for those who make code of them with EventBridge's registry. */
export function createSchemas({ eventSchemas, eventSource }: Parameters, name: string): Resources {
  if (!eventSchemas) return {};
  return {
    EventSchemaRegistry: {
      Type: 'AWS::EventSchemas::Registry',
      Properties: { RegistryName: name, Description: substitute('What is published on the bus of ${AWS::StackName}') },
    },
    ...Object.fromEntries(readSchemas().map((schema) => createSchema(schema, eventSource))),
  };
}

function readSchemas(): readonly JsonObject[] {
  return readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
}

function createSchema(schema: JsonObject, eventSource: string): readonly [string, Resource] {
  const inPascalCase = String(schema.title).replaceAll(/[ _]/g, '');
  return [
    `${inPascalCase}Schema`,
    {
      Type: 'AWS::EventSchemas::Schema',
      Properties: {
        RegistryName: ref('EventSchemaRegistry'),
        // As EventBridge names those that it discovers itself; a name takes no slash.
        SchemaName: `${eventSource.replaceAll('/', '.')}@${inPascalCase}`,
        Description: schema.description,
        Type: 'JSONSchemaDraft4',
        Content: JSON.stringify(toDraft4(schema)),
      },
    },
  ];
}

/**
 * The same schema in the only dialect of JSON Schema that the registry takes.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-eventschemas-schema.html
 */
function toDraft4({ $schema: _, $id: id, ...schema }: JsonObject): JsonObject {
  return { $schema: DRAFT_4, id: id as string, ...(withoutConst(schema) as JsonObject) };
}

// Of what the schemas use, only `const` is later than draft 4.
function withoutConst(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutConst);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => (name === 'const' ? ['enum', [inner]] : [name, withoutConst(inner)])),
  );
}
