import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import AjvDraft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { readDocument } from '../../support/documents.ts';
import { readSamples } from '../../support/samples.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';

const schemas = resourcesOf(createResources({ eventSchemas: 'true' }), 'AWS::EventSchemas::Schema').map(
  ({ Properties: { Content: content, SchemaName: name } }) => {
    const { title, $schema: dialect, ...schema } = JSON.parse(String(content));
    const takes = addFormats.default(new AjvDraft4.default({ allowUnionTypes: true })).compile(schema);
    return { name, title, dialect, hasConst: String(content).includes('"const":'), takes };
  },
);

describe("EventBridge's registry", () => {
  it('gets a schema of draft 4 for each file in schemas/, under the name that EventBridge would give it', () => {
    const titles = readdirSync(join(ROOT, 'schemas')).map((file) => JSON.parse(readDocument(`schemas/${file}`)).title);

    // Of what the schemas use, only `const` is later than draft 4, and Ajv accepts it there too.
    const expected = { dialect: 'http://json-schema.org/draft-04/schema#', hasConst: false };
    expect(schemas).toEqual(schemas.map((schema) => ({ ...schema, ...expected })));
    expect(schemas.map(({ title }) => title).sort()).toEqual(titles.sort());
    const names = new Map(schemas.map(({ title, name }) => [title, name]));
    expect(names.get('Database Activity AUTH_FAILURE')).toBe('das-router@DatabaseActivityAUTHFAILURE');
  });

  it.each(readSamples())('accepts the sample $detail.metadata.eventId by the schema of its class alone', (event) => {
    expect(schemas.filter(({ takes }) => takes(event)).map(({ title }) => title)).toEqual([event['detail-type']]);
  });

  it('has names without a slash, where the source has one', () => {
    const { DatabaseActivityDDLSchema: schema } = createResources({ eventSchemas: 'true', eventSource: 'audit/das' });

    expect(schema?.Properties.SchemaName).toBe('audit.das@DatabaseActivityDDL');
  });
});
