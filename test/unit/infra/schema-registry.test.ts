import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import AjvDraft4 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { readSamples } from '../../support/samples.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';

const schemas = resourcesOf(createResources({ eventSchemas: 'true' }), 'AWS::EventSchemas::Schema').map(
  ({ Properties: { Content: content, SchemaName: name } }) => ({ name, content: JSON.parse(String(content)) }),
);

function compile(schema: object) {
  return addFormats.default(new AjvDraft4.default({ allowUnionTypes: true })).compile(schema);
}

describe("EventBridge's registry", () => {
  it('gets nothing unless it is asked for', () => {
    const types = Object.values(createResources()).map(({ Type: type }) => type);

    expect(types.filter((type) => type.startsWith('AWS::EventSchemas::'))).toEqual([]);
  });

  it.each(schemas)('gets a schema of draft 4, which it takes: $content.title', ({ content }) => {
    expect(content.$schema).toBe('http://json-schema.org/draft-04/schema#');
    expect(() => compile(content)).not.toThrow();
  });

  it('gets one for each file in schemas/, under the name that EventBridge would give it', () => {
    const titles = readdirSync(join(ROOT, 'schemas')).map(
      (file) => JSON.parse(readFileSync(join(ROOT, 'schemas', file), 'utf8')).title,
    );

    const named = schemas.map(({ name, content }) => [content.title, name]);

    expect(named.map(([title]) => title).sort()).toEqual(titles.sort());
    expect(Object.fromEntries(named)['Database Activity AUTH_FAILURE']).toBe('das-router@DatabaseActivityAUTHFAILURE');
  });

  it.each(readSamples())("'s schema takes the sample $detail.metadata.eventId, and of no other class", (event) => {
    const taking = schemas.filter(({ content }) => compile(content)(event)).map(({ content }) => content.title);

    expect(taking).toEqual([event['detail-type']]);
  });

  it('has names without a slash, where the source has one', () => {
    const { DatabaseActivityDDLSchema: schema } = createResources({ eventSchemas: 'true', eventSource: 'audit/das' });

    expect(schema?.Properties.SchemaName).toBe('audit.das@DatabaseActivityDDL');
  });
});
