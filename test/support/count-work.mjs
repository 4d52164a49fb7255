// Loaded before the function: counts what of Node's it calls, so that nothing is parsed, inflated, hashed or verified
// twice unseen. In JavaScript as the function's process is.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const crypto = require('node:crypto');
const zlib = require('node:zlib');

/** By the name of what was called. */
const work = {};

function count(owner, name) {
  const original = owner[name];
  owner[name] = function counted(...given) {
    work[name] = (work[name] ?? 0) + 1;
    return new.target ? Reflect.construct(original, given) : Reflect.apply(original, this, given);
  };
}

count(JSON, 'parse');
count(JSON, 'stringify');
count(zlib, 'gunzipSync');
count(zlib, 'gzipSync');
count(crypto, 'createDecipheriv');
count(crypto, 'createVerify');
count(crypto, 'createHash');
count(crypto.ECDH, 'convertKey');

/** What was counted since it was last asked. */
globalThis.takeWork = () => {
  const taken = { ...work };
  for (const name of Object.keys(work)) delete work[name];
  return taken;
};
