import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { anchorOf, blocksOf, readDocument } from '../../support/documents.ts';

const DOCUMENTS = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);

interface Link {
  readonly document: string;
  readonly label: string;
  /** From the root; of a link within the document, the document. */
  readonly path: string;
  readonly anchor: string;
}

function linksOf(document: string): readonly Link[] {
  const links = [...readDocument(document).matchAll(/\[([^\]]+)\]\(([^)#\s]*)#?([^)\s]*)\)/g)];
  return links
    .filter(([, , path = '']) => !/^https?:/.test(path))
    .map(([, label = '', path = '', anchor = '']) => ({
      document,
      label,
      path: path === '' ? document : join(dirname(document), path),
      anchor,
    }));
}

const LINKS = DOCUMENTS.flatMap(linksOf);
const ARCHITECTURE = readDocument('docs/architecture.md');

describe('the documents', () => {
  it('link to files that there are, and to headings that these have', () => {
    const broken = LINKS.filter(({ path, anchor }) => {
      if (!existsSync(join(ROOT, path))) return true;
      if (anchor === '') return false;
      return ![...readDocument(path).matchAll(/^#+ (.*)$/gm)].some(([, heading = '']) => anchorOf(heading) === anchor);
    });

    expect(LINKS.length).toBeGreaterThan(50);
    expect(broken).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('names files that there are', () => {
    const named = [...ARCHITECTURE.matchAll(/`((?:src|infra|local|cli|test)\/[^`]*)`/g)].map(([, path = '']) => path);

    expect(named.length).toBeGreaterThan(25);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('shows each promise and each control by what stands in the test that it links to', () => {
    const proofs = linksOf('docs/architecture.md').filter(({ path }) => path.startsWith('test/'));

    const gone = proofs.filter(({ path, label }) => !readDocument(path).includes(label));

    expect(proofs.length).toBeGreaterThan(18);
    expect(gone).toEqual([]);
  });

  it('leaves no promise and no threat without a test', () => {
    const rows = ['## What is promised', '## Threats, and'].flatMap((heading) => {
      const section = ARCHITECTURE.slice(ARCHITECTURE.indexOf(heading)).split(/\n## /)[0] ?? '';
      return section.split('\n').filter((line) => /^\| (?!-|promise|threat)/.test(line));
    });

    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) expect(row).toMatch(/\]\(\.\.\/test\//);
  });

  it('draws one picture', () => {
    expect(blocksOf(ARCHITECTURE).map(({ language }) => language)).toEqual(['mermaid']);
  });

  it('names every folder of the sources', () => {
    for (const folder of ['cli', 'infra', 'local', 'src']) {
      expect(statSync(join(ROOT, folder)).isDirectory()).toBe(true);
      expect(ARCHITECTURE).toContain(`\`${folder}/`);
    }
  });
});
