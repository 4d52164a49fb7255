import fc from 'fast-check';
import { beforeEach } from 'vitest';

// A mutant lives or dies by the same inputs in every run, and dies by the first that fails, whole as it is.
fc.configureGlobal({ seed: 1, endOnFailure: true });

// What takes long by design takes ten times as long in the code that counts its mutants.
beforeEach(({ task, skip }) => {
  skip(task.name.startsWith('a hundred thousand '));
});
