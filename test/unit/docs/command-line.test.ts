import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addExplain } from '../../../cli/explain/command.ts';
import { addRedrive } from '../../../cli/redrive/command.ts';
import { addTail } from '../../../cli/tail/command.ts';
import { addVerify } from '../../../cli/verify/command.ts';
import { ROOT } from '../../../local/package.ts';
import { readDocument } from '../../support/documents.ts';

const DOCUMENT = readDocument('docs/command-line.md');
const SECTIONS = new Map(DOCUMENT.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), section]));
const SOURCES = readdirSync(join(ROOT, 'cli'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

const program = new Command();
for (const add of [addExplain, addRedrive, addTail, addVerify]) add(program, process, () => undefined);

describe('the document of the command line', () => {
  it('has a section, and a row in the overview, for each command', () => {
    const commands = SOURCES.flatMap((file) => /^(\w+)\/command\.ts$/.exec(file)?.[1] ?? []).sort();

    expect(program.commands.map((command) => command.name())).toEqual(commands);
    expect([...SECTIONS.keys()].filter((heading) => /^[a-z]+$/.test(heading)).sort()).toEqual(commands);
    expect([...DOCUMENT.matchAll(/^\| \[`([a-z]+)`\]/gm)].map(([, name]) => name).sort()).toEqual(commands);
  });

  it.each(program.commands.map((command) => [command.name(), command] as const))(
    'lists every option of %s, and no other',
    (name, command) => {
      const listed = [...(SECTIONS.get(name) ?? '').matchAll(/^\| `(--[^`]+)`/gm)].map(([, option]) => option);

      expect(listed.sort()).toEqual(command.options.map(({ flags }) => flags).sort());
    },
  );

  it('explains every code', () => {
    const texts = SOURCES.map((file) => readDocument(join('cli', file)));
    const codes = new Set(texts.flatMap((text) => text.match(/(?<=')(?:[A-Z]+(?:_[A-Z]+)+|EMPTY)(?=')/g) ?? []));
    // Of what no bucket holds, and Kinesis' own.
    const rare = ['NO_BODY', 'LINE_TOO_LONG'];
    const ofKinesis = ['TRIM_HORIZON', 'AT_TIMESTAMP', 'AT_LATEST', 'FROM_TIMESTAMP', 'AFTER_SEQUENCE_NUMBER'];
    for (const code of [...rare, ...ofKinesis]) codes.delete(code);

    expect(codes.size).toBeGreaterThan(10);
    for (const code of codes) expect(DOCUMENT).toContain(`\`${code}\``);
  });
});
