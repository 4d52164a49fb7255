import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/sql/redact.ts';
import { SECRETS } from '../../support/sql.ts';

describe('masking hides every literal and leaves the shape', () => {
  it.each(SECRETS)('$dialect: $text', ({ dialect, text, secrets, keeps }) => {
    const redacted = redact(text, dialect);

    for (const secret of secrets) expect(redacted).not.toContain(secret);
    for (const word of keeps) expect(redacted).toContain(word);
  });

  it('masks all of the text of a dialect that it does not know', () => {
    expect(redact('SELECT secret FROM t', null)).toBe('?');
  });
});
