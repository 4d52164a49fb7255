import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';

const DOCUMENT = readFileSync(join(ROOT, 'docs', 'command-line.md'), 'utf8');
const SECTIONS = new Map(DOCUMENT.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), section]));

function readHelp(...command: readonly string[]): string {
  return execFileSync(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...command, '--help'], { encoding: 'utf8' });
}

/** What the help lists. */
const COMMANDS = optionsOf(readHelp(), /^ {2}([a-z]+) \[options\]/gm);

function optionsOf(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, option = '']) => option).sort();
}

describe('the document of the command line', () => {
  it('has a section, and a row in the overview, for each command', () => {
    const sections = [...SECTIONS.keys()].filter((heading) => /^[a-z]+$/.test(heading));

    expect(COMMANDS.length).toBeGreaterThan(2);
    expect(sections.sort()).toEqual(COMMANDS);
    expect(optionsOf(DOCUMENT, /^\| \[`([a-z]+)`\]/gm)).toEqual(COMMANDS);
  });

  it.each(COMMANDS)('names every option of %s, and no other', (command) => {
    const help = readHelp(command);

    const options = optionsOf(help, /^ {2}(--[a-z-]+(?: <\w+>)?)/gm);

    expect(options.length).toBeGreaterThan(2);
    expect(optionsOf(SECTIONS.get(command) ?? '', /^\| `(--[^`]+)`/gm)).toEqual(options);
  });

  it('explains every code', () => {
    const sources = readdirSync(join(ROOT, 'cli'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(ROOT, 'cli', file), 'utf8'));
    const codes = new Set(
      sources.flatMap((source) => [...source.matchAll(/'([A-Z]+(?:_[A-Z]+)+|EMPTY)'/g)]).map(([, code]) => code),
    );
    // Of what no bucket holds.
    for (const rare of ['NO_BODY', 'LINE_TOO_LONG']) codes.delete(rare);
    // Kinesis' own.
    for (const place of ['TRIM_HORIZON', 'AT_TIMESTAMP', 'AT_LATEST', 'FROM_TIMESTAMP', 'AFTER_SEQUENCE_NUMBER']) {
      codes.delete(place);
    }

    expect(codes.size).toBeGreaterThan(10);
    for (const code of codes) expect(DOCUMENT).toContain(`\`${code}\``);
  });
});
