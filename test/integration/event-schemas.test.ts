import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEventSchemas } from '../../event-schemas.ts';
import { ROOT } from '../../local/package.ts';
import { findSchemaViolations } from '../../local/schema-violations.ts';
import { ACTIVITY_CLASSES } from '../../src/activity.ts';
import { createActivityEntry } from '../../src/sinks/bus-entries.ts';
import fieldsByVersion from '../fixtures/published-fields.json' with { type: 'json' };
import { createConfig, createEvent } from '../support/activity.ts';
import { readSamples, type Sample } from '../support/samples.ts';

const FOLDER = join(ROOT, 'schemas');
const schemas = createEventSchemas();
const samples = readSamples();

describe('schemas/', () => {
  it.each([...schemas])(
    '%s is what the types say: npx vitest run test/integration/event-schemas.test.ts --update writes it anew',
    async (file, text) => {
      await expect(text).toMatchFileSnapshot(join(FOLDER, file));
    },
  );

  it('has one for each detail-type, and nothing else', () => {
    const titles = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')).title);

    expect(titles.sort()).toEqual(
      [...ACTIVITY_CLASSES, 'Record Quarantined'].map((name) => `Database Activity ${name}`).sort(),
    );
  });

  it('needs nothing of draft 4 but `const`, which the registry of EventBridge lacks', () => {
    const keywords = new Set([...schemas.values()].flatMap((text) => keywordsOf(JSON.parse(text))));

    const allowed =
      '$id $schema anyOf const description enum format items minimum pattern properties required title type';
    expect([...keywords].sort()).toEqual(allowed.split(' '));
  });
});

describe('a version of what is published', () => {
  const { schemaVersion } = JSON.parse(createActivityEntry(createEvent(), null, createConfig()).detail).metadata;
  const versions: Readonly<Record<string, readonly string[]>> = fieldsByVersion;

  it('has the fields that are recorded for it: who adds one raises it, and records them', () => {
    const fields = [...schemas.values()].flatMap((text) => fieldsOf(JSON.parse(text).properties.detail));

    expect([...new Set(fields)].sort()).toEqual(versions[schemaVersion]);
  });

  it('takes no field away from the one before', () => {
    const recorded = Object.values(versions);

    for (const [index, fields] of recorded.entries()) {
      expect(fields).toEqual(expect.arrayContaining([...(recorded[index - 1] ?? [])]));
    }
  });
});

describe('an event is as its schema says', () => {
  it.each(samples)('$detail.metadata.eventId', (event) => {
    expect(findSchemaViolations(event)).toEqual([]);
  });

  const ddl = samples.find((sample) => sample['detail-type'] === 'Database Activity DDL') as Sample;
  const SHOWN = { text: '', redacted: true, truncated: false };
  const spoil = (part: 'metadata' | 'data', fields: object): Sample => ({
    ...ddl,
    detail: { ...ddl.detail, [part]: { ...ddl.detail[part], ...fields } },
  });

  it.each<[string, Sample]>([
    ['without its id', spoil('metadata', { eventId: undefined })],
    ['of another version', spoil('metadata', { schemaVersion: '2.0' })],
    ['of another class than its detail-type', spoil('data', { class: 'DML' })],
    ['of DDL that failed', spoil('data', { outcome: 'FAILURE' })],
    ['of an unknown class', spoil('data', { statementClass: 'X' })],
    ['with a time that is none', spoil('data', { time: 'yesterday' })],
    ['with an unknown field', spoil('data', { paramList: [] })],
    ['with half an archive object', spoil('metadata', { archive: { bucket: 'archive' } })],
    ['with a hash that is none', spoil('data', { statement: { ...SHOWN, sha256: 'x' } })],
    ['of an unknown detail-type', { ...ddl, 'detail-type': 'Database Activity X' }],
  ])('but one %s', (_, event) => {
    expect(findSchemaViolations(ddl)).toEqual([]);
    expect(findSchemaViolations(event)).not.toEqual([]);
  });
});

type Schema = Readonly<Record<string, unknown>>;

/** The paths of all properties. */
function fieldsOf({ properties = {}, anyOf = [] }: Schema, path = ''): readonly string[] {
  return [
    ...Object.entries(properties as Readonly<Record<string, Schema>>).flatMap(([name, inner]) => [
      `${path}${name}`,
      ...fieldsOf(inner, `${path}${name}.`),
    ]),
    ...(anyOf as readonly Schema[]).flatMap((branch) => fieldsOf(branch, path)),
  ];
}

/** The words of JSON Schema that a schema uses. */
function keywordsOf(schema: Schema): readonly string[] {
  const { properties = {}, anyOf = [], items } = schema;
  const inner = [...Object.values(properties as object), ...(anyOf as readonly Schema[]), ...(items ? [items] : [])];
  return [...Object.keys(schema), ...inner.flatMap(keywordsOf)];
}
