import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lang, parse, type SgNode } from '@ast-grep/napi';
import { ROOT } from '../../local/package.ts';
import type { Breakage } from './breakages.ts';

/** A file of `src`, parsed. */
export interface SourceFile {
  readonly path: string;
  readonly tree: SgNode;
}

export interface BrokenFile {
  readonly path: string;
  readonly text: string;
}

export function parseSource(): readonly SourceFile[] {
  return globSync('src/**/*.ts', { cwd: ROOT })
    .sort()
    .map((path) => ({ path, tree: parse(Lang.TypeScript, readFileSync(join(ROOT, path), 'utf8')).root() }));
}

/** Applies a breakage to the file that has its place. Throws unless there is exactly one place. */
export function breakSource({ name, rule, replacement }: Breakage, files: readonly SourceFile[]): BrokenFile {
  const places = files.flatMap(({ path, tree }) => tree.findAll({ rule }).map((node) => ({ path, tree, node })));
  const [place] = places;
  if (place === undefined || places.length > 1) {
    const found = places.map(({ path, node }) => `\n  ${path}:${node.range().start.line + 1}: ${node.text()}`);
    throw new Error(
      `The breakage “${name}” matches ${places.length} places in src and must match one.${found.join('')}
If the code was refactored, adapt the rule in test/sabotage/breakages.ts so that it finds the same behavior again:
${JSON.stringify(rule, null, 2)}`,
    );
  }
  const edit = place.node.replace(fillIn(replacement, place.node));
  return { path: place.path, text: place.tree.commitEdits([edit]) };
}

function fillIn(replacement: string, node: SgNode): string {
  return replacement.replace(/(\$\$\$|\$)([A-Z]+)/g, (_, sign, name) => {
    const matched = sign === '$' ? [node.getMatch(name)] : node.getMultipleMatches(name);
    if (matched.includes(null)) throw new Error(`The replacement names $${name}, which the rule does not match.`);
    // A line for each: a comment at the end of one must not hide the next.
    return matched.map((part) => part?.text()).join('\n');
  });
}
