/** `cluster-A` of the prefix `…/source=cluster-A/`. */
export function lastPart(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('=') + 1, -1);
}
