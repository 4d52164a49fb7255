import type { Config } from '../src/config.ts';
import { createUnwrapDataKey, type UnwrapDataKey } from '../src/data-keys.ts';
import { createKmsClient } from './clients.ts';

export interface DataKeys {
  readonly unwrap: UnwrapDataKey;
  /** Throws where nothing says it. */
  readonly findRegion: () => Promise<string>;
  readonly close: () => void;
}

/** The function's way to data keys, of which nobody counts the calls. Without a Region it is the SDK's. */
export function createDataKeys(region: string | undefined, config: Config, attempts: number): DataKeys {
  const kms = createKmsClient(region, attempts);
  const uncounted = { dataKeyDecrypted: () => undefined, dataKeyReused: () => undefined };
  return {
    unwrap: createUnwrapDataKey(kms, config, uncounted),
    findRegion: () => kms.config.region(),
    close: () => kms.destroy(),
  };
}
