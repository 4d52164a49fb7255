import { describe, expect, it } from 'vitest';
import { createEventComparer } from '../../../../cli/verify/compare-events.ts';

describe('lines with the same event id', () => {
  it('are duplicates where they are equal to the byte, and one conflict where they are not', () => {
    const events = createEventComparer();

    const compared = ['x', 'x', 'y', 'y', 'z', 'x'].map((line) => events.compare('a', 'a/1', Buffer.from(line)));

    expect(compared).toEqual(['first', 'duplicate', 'conflict', 'known conflict', 'known conflict', 'duplicate']);
    expect(events.compare('a', 'a/2', Buffer.from('x'))).toBe('first');
  });

  it('are compared with nothing that was forgotten', () => {
    const events = createEventComparer();
    events.compare('a', 'a/1', Buffer.from('x'));
    events.compare('b', 'b/1', Buffer.from('x'));

    events.forgetBefore('b');

    expect(events.compare('a', 'a/1', Buffer.from('y'))).toBe('first');
    expect(events.compare('b', 'b/1', Buffer.from('y'))).toBe('conflict');
  });
});
