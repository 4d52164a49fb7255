import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { readDocument } from '../../support/documents.ts';

const FOLDER = 'docs/decisions';
const INDEX = readDocument(`${FOLDER}/README.md`);
const RECORDS = readdirSync(join(ROOT, FOLDER))
  .filter((file) => file !== 'README.md')
  .sort()
  .map((file) => ({ file, text: readDocument(`${FOLDER}/${file}`) }));

describe('the decision records', () => {
  it('are numbered without holes', () => {
    const numbers = RECORDS.map(({ file }) => /^(\d{4})-[a-z-]+\.md$/.exec(file)?.[1]);

    expect(numbers).toEqual(RECORDS.map((_record, position) => String(position + 1).padStart(4, '0')));
  });

  it('stand in the index, under their titles, in their order', () => {
    const listed = [...INDEX.matchAll(/^\| \[(.*?)\]\((.*?)\) +\| \d{4}-\d\d-\d\d \|/gm)].map(([, title, file]) => ({
      title,
      file,
    }));

    expect(listed).toEqual(
      RECORDS.map(({ file, text }, position) => ({
        title: new RegExp(`^# ${position + 1}\\. (.*)$`, 'm').exec(text)?.[1],
        file,
      })),
    );
  });

  it.each(RECORDS)('say when they were made, then what was decided, last what was not chosen: $file', ({ text }) => {
    const [title = '', occasion = '', ...decisions] = text.trimEnd().split('\n\n');
    const leads = decisions.flatMap((paragraph) =>
      paragraph.startsWith('- ') ? [] : [/^\*\*.+?\*\*/s.exec(paragraph)],
    );

    expect(title).toMatch(/^# \d+\. /);
    expect(occasion).toMatch(/^What was decided when /);
    expect(leads.length).toBeGreaterThan(3);
    expect(leads).not.toContain(null);
    const notChosen = leads.findIndex((lead) => lead?.[0] === '**Not chosen.**');
    expect([-1, leads.length - 1]).toContain(notChosen);
  });
});
