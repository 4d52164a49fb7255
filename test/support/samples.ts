import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../local/package.ts';

const FOLDER = join(ROOT, 'test', 'fixtures', 'expected');

/** What EventBridge puts around every event, whatever is in it. */
export const AROUND = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  account: '000000000000',
  region: 'eu-west-1',
};

/** An event, open to be spoilt. */
export interface Sample {
  'detail-type': string;
  readonly detail: { readonly metadata: Record<string, unknown>; readonly data: Record<string, unknown> };
}

/** What AWS' own samples become on the bus, written by hand from the contract: one each. */
export function readSamples(): readonly Sample[] {
  return readdirSync(FOLDER).map((file) => ({
    ...AROUND,
    ...JSON.parse(readFileSync(join(FOLDER, file), 'utf8')).event,
  }));
}
