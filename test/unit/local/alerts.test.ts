import { expect, it } from 'vitest';
import { compareAlerts } from '../../../local/alerts.ts';
import type { ArchivedLine } from '../../../local/outcome.ts';

const REFUSED = { class: 'AUTH_FAILURE', user: 'eve', remoteHost: '203.0.113.7' };
const refuse = (eventId: string, others: object = {}) =>
  ({ ...REFUSED, eventId, arrivalTime: `2026-03-01T12:0${eventId}:00.000Z`, ...others }) as ArchivedLine;
const IDS = ['1', '2', '3', '4', '5'];
const ARCHIVE = [...IDS.map((id) => refuse(id)), refuse('6', { user: 'bob' }), refuse('7', { class: 'DDL' })];
const PERIOD = { from: '2026-03-01T12:01:00.000Z', to: '2026-03-01T12:05:00.000Z' };
const ALERT = { user: 'eve', address: '203.0.113.7', ...PERIOD, eventIds: IDS };

it('accepts an alert for whoever was refused often enough', () => {
  expect(compareAlerts(ARCHIVE, [ALERT])).toEqual([]);
});

it.each([
  [[], 'the alerts lacks eve at 203.0.113.7'],
  [[ALERT, { ...ALERT, user: 'bob', eventIds: ['6'] }], 'the alerts must not hold bob at 203.0.113.7'],
  [[ALERT, ALERT], 'there are two alerts for eve at 203.0.113.7 within ten minutes'],
  [[{ ...ALERT, eventIds: ['1', '2', '3', '4', '6'] }], 'the alert for eve at 203.0.113.7 names 6'],
  [[{ ...ALERT, eventIds: ['1', '2', '3', '4', '4'] }], 'the alert for eve at 203.0.113.7 names too few refusals'],
])('reports of the alerts %j: %s', (alerts, difference) => {
  expect(compareAlerts(ARCHIVE, alerts)).toContain(difference);
});
