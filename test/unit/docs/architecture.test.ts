import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PARAMETER_NAMES } from '../../../infra/parameters.ts';
import { ROOT } from '../../../local/package.ts';
import { anchorOf, headingsOf, readDocument, tableOf } from '../../support/documents.ts';

const DOCUMENTS = ['.', 'docs', 'docs/decisions', 'docs/development'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);
const TEXT = DOCUMENTS.map(readDocument).join('\n');
const ARCHITECTURE = readDocument('docs/architecture.md');

/** The links to files; `path` is from the root, and the document's own for a link within it. */
function linksOf(document: string) {
  const links = readDocument(document).matchAll(/\[([^\]]+)\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g);
  return [...links].map(([, label = '', path = '', anchor = '']) => {
    return { document, label, path: path === '' ? document : join(dirname(document), path), anchor };
  });
}

describe('the documents', () => {
  it('link to files that there are, and to headings that these have', () => {
    const links = DOCUMENTS.flatMap(linksOf);

    const broken = links.filter(
      ({ path, anchor }) =>
        !existsSync(join(ROOT, path)) ||
        (anchor !== '' && !headingsOf(readDocument(path)).some((heading) => anchorOf(heading) === anchor)),
    );

    expect(links.length).toBeGreaterThan(50);
    expect(broken).toEqual([]);
  });

  it('name parameters that there are', () => {
    const named = [...TEXT.matchAll(/--param "?(\w+)=|`((?:publish|drop|bus)[A-Z]\w+)(?:=[^`]*)?`/g)];

    expect(named.length).toBeGreaterThan(15);
    expect(PARAMETER_NAMES).toEqual(expect.arrayContaining(named.map(([, option, inline]) => option ?? inline)));
  });

  it('give the AWS CLI policies and patterns that are JSON', () => {
    const documents = [...TEXT.matchAll(/--(?:event-pattern|[\w-]*policy(?:-document)?) '([^']*)'/g)];

    expect(documents.length).toBeGreaterThan(15);
    for (const [, text = ''] of documents) expect(() => JSON.parse(text)).not.toThrow();
  });
});

describe('docs/architecture.md', () => {
  it('names files that there are, and every folder of the sources', () => {
    const named = [...ARCHITECTURE.matchAll(/`((?:src|infra|local|cli|test)\/[^`]*)`/g)].map(([, path = '']) => path);

    expect(named.length).toBeGreaterThan(25);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const folders = named.map((path) => path.split('/')[0]);
    expect(folders).toEqual(expect.arrayContaining(['cli', 'infra', 'local', 'src']));
  });

  it('proves each promise and each control by what is in the test that it links to', () => {
    const proofs = linksOf('docs/architecture.md').filter(({ path }) => path.startsWith('test/'));

    expect(proofs.length).toBeGreaterThan(18);
    expect(proofs.filter(({ path, label }) => !readDocument(path).includes(label))).toEqual([]);
  });

  it('leaves no promise and no threat without a test', () => {
    const rows = ['promise', 'threat'].flatMap((head) => tableOf(ARCHITECTURE, head));

    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) expect(row.join()).toMatch(/\]\(\.\.\/test\//);
  });
});
