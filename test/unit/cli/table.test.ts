import { describe, expect, it } from 'vitest';
import { writeTable } from '../../../cli/table.ts';

describe('a table', () => {
  it('lets nothing through that steers a terminal', () => {
    const table = writeTable(['key'], [['\u001b[2Jgone\u202e\n']]);

    expect(table).toContain('?[2Jgone??');
    expect(table).not.toContain('\u001b');
  });
});
