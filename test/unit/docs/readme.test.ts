import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { ACTIVITY_CLASSES } from '../../../src/activity.ts';
import { readConfig } from '../../../src/config.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const ROWS = [...README.matchAll(/^\| `([A-Z_]+)` +\| (?:`([^`]*)`|(required|the service users)) +\|/gm)];

describe('the README', () => {
  it('names every variable of the configuration, and no other', () => {
    const read = new Set<string>();
    const environment = new Proxy<Record<string, string>>(
      {},
      {
        get: (_target, name) => {
          read.add(String(name));
          return undefined;
        },
      },
    );

    expect(() => readConfig(environment)).toThrow();
    expect(ROWS.map(([, name]) => name).sort()).toEqual([...read].sort());
  });

  it('gives the defaults that hold', () => {
    const required = { ARCHIVE_BUCKET: 'bucket', EVENT_BUS_NAME: 'bus' };
    const written = Object.fromEntries(
      ROWS.filter(([, , value]) => value !== undefined).map(([, name, value]) => [name, value]),
    );

    const { dropRules, ...stated } = readConfig({ ...required, ...written });
    const { dropRules: _, ...held } = readConfig(required);

    expect(stated).toEqual(held);
  });

  it('explains every class', () => {
    const missing = ACTIVITY_CLASSES.filter((name) => !new RegExp(`^\\|.*\`${name}\`.* \\|`, 'm').test(README));

    expect(missing).toEqual([]);
  });
});
