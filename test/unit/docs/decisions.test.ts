import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { readDocument } from '../../support/documents.ts';

const FOLDER = 'docs/decisions';
const RECORDS = readdirSync(join(ROOT, FOLDER))
  .filter((file) => file !== 'README.md')
  .sort()
  .map((file) => ({ file, text: readDocument(join(FOLDER, file)) }));

describe('the decision records', () => {
  it('are numbered without gaps, and in the index under their titles, in their order', () => {
    const index = readDocument(`${FOLDER}/README.md`).matchAll(/^\| \[(.*?)\]\((.*?)\) +\| \d{4}-\d\d-\d\d \|/gm);
    const listed = [...index].map(([, title, file = '']) => ({
      title: `# ${Number.parseInt(file, 10)}. ${title}`,
      file,
    }));

    expect(RECORDS.map(({ file }) => /^\d{4}(?=-[a-z-]+\.md$)/.exec(file)?.[0])).toEqual(
      RECORDS.map((_record, position) => String(position + 1).padStart(4, '0')),
    );
    expect(listed).toEqual(RECORDS.map(({ file, text }) => ({ title: text.split('\n')[0], file })));
  });

  it.each(RECORDS)('give their occasion, then what was decided, last what was not chosen: $file', ({ text }) => {
    const [, occasion = '', ...decisions] = text.trimEnd().split('\n\n');
    const leads = decisions
      .filter((paragraph) => !paragraph.startsWith('- '))
      .map((paragraph) => /^\*\*.+?\*\*/s.exec(paragraph)?.[0]);

    expect(occasion).toMatch(/^What was decided when /);
    expect(leads.length).toBeGreaterThan(3);
    expect(leads).not.toContain(undefined);
    expect([-1, leads.length - 1]).toContain(leads.indexOf('**Not chosen.**'));
  });
});
