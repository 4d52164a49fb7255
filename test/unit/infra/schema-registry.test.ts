import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import AjvDraft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { readSamples } from '../../support/samples.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';

const schemas = resourcesOf(createResources({ eventSchemas: 'true' }), 'AWS::EventSchemas::Schema').map(
  ({ Properties: { Content: content, SchemaName: name } }) => {
    const schema = JSON.parse(String(content));
    const takes = addFormats.default(new AjvDraft4.default({ allowUnionTypes: true })).compile(schema);
    return {
      name,
      title: schema.title,
      dialect: schema.$schema,
      hasConst: String(content).includes('"const":'),
      takes,
    };
  },
);

describe("EventBridge's registry", () => {
  it('gets a schema of draft 4 for each file in schemas/, under the name that EventBridge would give it', () => {
    const titles = readdirSync(join(ROOT, 'schemas')).map(
      (file) => JSON.parse(readFileSync(join(ROOT, 'schemas', file), 'utf8')).title,
    );

    expect(schemas.map(({ title }) => title).sort()).toEqual(titles.sort());
    expect(new Set(schemas.map(({ dialect }) => dialect))).toEqual(
      new Set(['http://json-schema.org/draft-04/schema#']),
    );
    // Of what the schemas use, only `const` is later than draft 4, and Ajv accepts it there too.
    expect(schemas.filter(({ hasConst }) => hasConst)).toEqual([]);
    expect(schemas).toContainEqual(
      expect.objectContaining({
        title: 'Database Activity AUTH_FAILURE',
        name: 'das-router@DatabaseActivityAUTHFAILURE',
      }),
    );
  });

  it.each(readSamples())('accepts the sample $detail.metadata.eventId by the schema of its class alone', (event) => {
    expect(schemas.filter(({ takes }) => takes(event)).map(({ title }) => title)).toEqual([event['detail-type']]);
  });

  it('has names without a slash, where the source has one', () => {
    const { DatabaseActivityDDLSchema: schema } = createResources({ eventSchemas: 'true', eventSource: 'audit/das' });

    expect(schema?.Properties.SchemaName).toBe('audit.das@DatabaseActivityDDL');
  });
});
