import { idsOf, type Resources } from '../../infra/cloudformation.ts';

type Collection = Record<string, unknown>;

/** The collection that has the last key of a path: the resource itself for `DeletionPolicy`, else its properties or below. */
function findHolder(resources: Resources, path: string): readonly [holder: Collection | undefined, key: string] {
  const [logicalId = '', ...keys] = path.split('.');
  const last = keys.pop();
  if (last === undefined) return [resources as unknown as Collection, logicalId];
  const resource = resources[logicalId] as unknown as Collection | undefined;
  const start = (keys[0] ?? last) in (resource ?? {}) ? resource : resource?.Properties;
  return [keys.reduce<unknown>((inner, key) => (inner as Collection | undefined)?.[key], start) as Collection, last];
}

/** The value at a path as `DmlQueue.MessageRetentionPeriod`, of the type that the caller relies on. */
export function valueAt<T = unknown>(resources: Resources, path: string): T {
  const [holder, key] = findHolder(resources, path);
  return holder?.[key] as T;
}

/** A copy of the resources with another value at the path; `undefined` removes what is there. */
export function breakAt(resources: Resources, path: string, value: unknown): Resources {
  const copy = structuredClone(resources);
  const [holder = {}, key] = findHolder(copy, path);
  if (value !== undefined) holder[key] = value;
  else if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
  return copy;
}

/** Runs a search on the properties of every resource of a type. */
export function findInEach<Properties, Found>(
  resources: Resources,
  type: string,
  find: (logicalId: string, properties: Properties) => readonly Found[],
): readonly Found[] {
  return idsOf(resources, type).flatMap((id) => find(id, resources[id]?.Properties as Properties));
}

export function problemIf(condition: boolean, problem: string): readonly string[] {
  return condition ? [problem] : [];
}
