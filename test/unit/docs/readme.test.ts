import { describe, expect, it } from 'vitest';
import { ACTIVITY_CLASSES } from '../../../src/activity.ts';
import { CONFIG_SETTINGS, readConfig } from '../../../src/config.ts';
import { readDocument } from '../../support/documents.ts';

const README = readDocument('README.md');
const ROWS = [...README.matchAll(/^\| `([A-Z_]+)` +\| (?:`([^`]*)`|(?:required|the service users)) +\|/gm)];

describe('the README', () => {
  it('lists every variable of the configuration, and no other', () => {
    const names = Object.values(CONFIG_SETTINGS).map(({ name }) => name);

    expect(ROWS.map(([, name]) => name).sort()).toEqual(names.sort());
  });

  it('gives the defaults that hold', () => {
    const required = { ARCHIVE_BUCKET: 'bucket', EVENT_BUS_NAME: 'bus' };
    const written = ROWS.flatMap(([, name, value]) => (value === undefined ? [] : [[name, value]]));

    const { dropRules, ...stated } = readConfig({ ...required, ...Object.fromEntries(written) });
    const { dropRules: _, ...held } = readConfig(required);

    expect(stated).toEqual(held);
  });

  it.each(ACTIVITY_CLASSES)('explains the class %s', (name) => {
    expect(README).toMatch(new RegExp(`^\\|.*\`${name}\`.* \\|`, 'm'));
  });
});
