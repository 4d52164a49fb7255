import { expect, it } from 'vitest';
import { createEventComparer } from '../../../../cli/verify/compare-events.ts';

it('events are compared with nothing that was forgotten', () => {
  const events = createEventComparer();
  events.compare('a', 'a/1', Buffer.from('x'));
  events.compare('b', 'b/1', Buffer.from('x'));

  events.forgetBefore('b');

  expect(events.compare('a', 'a/1', Buffer.from('y'))).toBe('first');
  expect(events.compare('b', 'b/1', Buffer.from('y'))).toBe('conflict');
  expect(events.compare('b', 'b/1', Buffer.from('y'))).toBe('known conflict');
});
