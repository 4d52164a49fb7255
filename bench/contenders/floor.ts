import { gunzipSync, gzipSync } from 'node:zlib';
import type { ActivityClass } from '../../src/activity.ts';

/** A message with the data key that opens it and the class of each of its events: what a floor need not find out. */
export interface OpenMessage {
  readonly message: Uint8Array;
  readonly dataKey: Uint8Array;
  readonly classes: readonly ActivityClass[];
}

export type OpenBatch = readonly OpenMessage[];

/** What every consumer must do with a batch, whatever it decrypts with. Answers the bytes that it would archive. */
export function processWith<Message extends OpenMessage>(decrypt: (message: Message) => Promise<Uint8Array>) {
  return async (batch: readonly Message[]): Promise<number> => {
    const lines = new Map<ActivityClass, string[]>();
    for (const message of batch) {
      const compressed = await decrypt(message);
      const inner = JSON.parse(gunzipSync(compressed).toString());
      inner.databaseActivityEventList.forEach((event: unknown, index: number) => {
        const activityClass = message.classes[index] as ActivityClass;
        const group = lines.get(activityClass) ?? [];
        lines.set(activityClass, group);
        group.push(JSON.stringify(event));
      });
    }
    return [...lines.values()].reduce((bytes, group) => bytes + gzipSync(group.join('\n')).length, 0);
  };
}
