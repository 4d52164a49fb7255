import { expect, it } from 'vitest';
import { describeHeartbeats } from '../../../src/sinks/heartbeats.ts';
import { createOrigin } from '../../support/activity.ts';

const opened = (instanceId: string | null, second: number, heartbeats = 1) => ({
  record: { origin: createOrigin({ arrivalTime: new Date(second * 1000).toISOString() }), data: '', delivered: null },
  heartbeats,
  instanceId,
});

const STRETCHES = 'db-A=0-60000 db-A=121000-121000 db-A=900000-900000';

it.each<[string, ReturnType<typeof opened>[], string]>([
  ['none', [opened('db-A', 1, 0)], ''],
  ['no records', [], ''],
  ['one', [opened('db-A', 1)], 'db-A=1000-1000'],
  ['several of an instance: the first and the last', [1, 2, 3].map((at) => opened('db-A', at)), 'db-A=1000-3000'],
  ['a minute apart: one stretch', [0, 60, 120].map((at) => opened('db-A', at)), 'db-A=0-120000'],
  ['further apart: a stretch each', [900, 0, 60, 121].map((at) => opened('db-A', at)), STRETCHES],
  ['instances, in their order', [opened('db-B', 1), opened('db-A', 2)], 'db-A=2000-2000 db-B=1000-1000'],
  ['records without one do not count', [opened('db-A', 1), opened('db-A', 9, 0)], 'db-A=1000-1000'],
  ['an instance without a name', [opened(null, 1)], ''],
  ['what is no name of an instance', [opened('db-A=1 secret', 1), opened('', 1), opened('db-', 1)], ''],
])('the heartbeats of a chunk: %s', (_name, chunk, expected) => {
  expect(describeHeartbeats(chunk)).toBe(expected);
});

it('an instance that fell silent often leaves room for the heartbeats of others in what S3 takes', () => {
  const silences = Array.from({ length: 200 }, (_, index) => opened('db-A', index * 100));

  const text = describeHeartbeats([...silences, opened('db-B', 5)]);

  expect(text).toBe('db-A=0-19900000 db-B=5000-5000');
});

it('the heartbeats of a chunk fit into what S3 takes, however many instances there are', () => {
  const chunk = Array.from({ length: 500 }, (_, index) => opened(`db-${'X'.repeat(90)}${index}`, 1));

  const text = describeHeartbeats(chunk);

  expect(text.length).toBeLessThan(2048);
  expect(text.split(' ').every((span) => /^db-X+\d+=1000-1000$/.test(span))).toBe(true);
});
