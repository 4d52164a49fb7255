import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/transforms/parse.ts';
import { CLUSTER, readFixture, refusalOf } from '../../support/activity.ts';

const INVALID = { stage: 'parse', reason: 'PAYLOAD_INVALID' };
const TOO_LARGE = { stage: 'parse', reason: 'PAYLOAD_TOO_LARGE' };
const MISMATCH = { stage: 'parse', reason: 'SOURCE_MISMATCH' };

/** The inner record as text, with the text of its list. */
function innerText(list: string): string {
  const head = `"type":"DatabaseActivityMonitoringRecord","clusterId":"${CLUSTER}","instanceId":"db-1"`;
  return `{${head},"databaseActivityEventList":${list}}`;
}

const parseText = (text: string, resourceId = CLUSTER) => parse(Buffer.from(text), resourceId);
const textsOf = (text: string) => parseText(text).events.map(({ json }) => Buffer.from(json).toString());

const SAMPLES = [
  ...[1, 2, 3].map((at) => `aurora-postgresql-${at}`),
  ...[1, 2, 3, 5, 6].map((at) => `aurora-mysql-${at}`),
];

it.each(SAMPLES)('the samples of the documentation are read: %s', (name) => {
  const text = readFixture(name);
  const { clusterId, instanceId, databaseActivityEventList } = JSON.parse(text);

  const payload = parseText(text, clusterId);

  expect(payload.instanceId).toBe(instanceId);
  expect(payload.events.map(({ fields }) => fields)).toEqual(databaseActivityEventList);
});

describe('the text of an event is kept as the database sent it', () => {
  it.each([
    '{"a":9007199254740993,"b":123456789012345678901234567890,"c":1.0,"d":1e400,"e":-0,"f":1E+2}',
    '{"command":"a","command":"b"}',
    '{"__proto__":{"command":"x"},"constructor":null}',
    '{"commandText":"a\u2028b\u2029c😀"}',
    '{"commandText":"\\n\\r\\ud800\\u0000\\/\\u0041\\"\\\\"}',
    // What looks like structure, in a text; and a text that ends with a backslash.
    '{"commandText":"]},{\\"a\\":[\\\\\\"],"}',
    '{"commandText":"a\\\\","x":"],["}',
    '{"paramList":[[1,{"a":[]}],{}],"x":{"y":[{},{}]}}',
    '{"databaseActivityEventList":[{},{}],"x":1}',
    '{ "command" : "x" ,\t"a" : [ ] }',
    '{}',
  ])('%s', (element) => {
    expect(textsOf(innerText(`[${element}, {"last":1} ]`))).toEqual([element, '{"last":1}']);
  });

  it('__proto__ is a field like any other', () => {
    const [event] = parseText(innerText('[{"__proto__":{"command":"x"}}]')).events;

    expect([event?.fields.command, Object.keys(event?.fields ?? {})]).toEqual([undefined, ['__proto__']]);
  });

  it.each(['\n', '\r\n', '\r'])('pretty-printed JSON becomes one line: line breaks as %j', (lineBreak) => {
    const event = { command: 'QUERY', commandText: 'a\nb', paramList: [1, { x: null }] };
    const text = JSON.stringify(JSON.parse(innerText(JSON.stringify([event, event]))), null, 2);

    const texts = textsOf(text.replaceAll('\n', lineBreak));

    expect(texts.join('')).not.toMatch(/[\r\n]/);
    expect(texts.map((line) => JSON.parse(line))).toEqual([event, event]);
  });

  it('a line break and the spaces behind it become one space, those in a text stay', () => {
    expect(textsOf(innerText('[{ "a"\r\n\t:\n\n  1,"b":"c\\n  d" }]'))).toEqual(['{ "a" : 1,"b":"c\\n  d" }']);
  });

  it('a byte order mark is passed over', () => {
    expect(textsOf(`\ufeff${innerText('[{}]')}`)).toEqual(['{}']);
  });

  it('whatever the events hold, and however they are printed, text and fields say the same', () => {
    const event = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }));
    const events = fc.array(event, { maxLength: 5 });
    fc.assert(
      fc.property(events, fc.constantFrom('', ' ', '\t', '  '), fc.jsonValue(), (list, indent, other) => {
        fc.pre(!hasBackslashInName([list, other]));
        const type = 'DatabaseActivityMonitoringRecord';
        const record = { other, type, databaseActivityEventList: list, after: other };

        const { events: read } = parseText(JSON.stringify(record, null, indent));

        const texts = list.map((event) => JSON.stringify(event));
        expect(read.map(({ json }) => JSON.stringify(JSON.parse(String(Buffer.from(json)))))).toEqual(texts);
        expect(read.map(({ fields }) => JSON.stringify(fields))).toEqual(texts);
      }),
    );
  });
});

/**
 * Node 24.21 itself reads an escaped name wrongly where an object before had a backslash there: after
 * `JSON.parse('{"":0,"\\\\":0}')` it makes a backslash of the A in `{"":0,"\\u0041":1}`. Node 20 does not.
 */
function hasBackslashInName(value: unknown): boolean {
  const names: string[] = [];
  JSON.stringify(value, (name, member) => {
    names.push(name);
    return member;
  });
  return names.some((name) => name.includes('\\'));
}

describe('the list is found where JSON has it', () => {
  const ESCAPED = [...'databaseActivityEventList'].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  const write = (text: string) =>
    text
      .replaceAll('TYPE', '"type":"DatabaseActivityMonitoringRecord"')
      .replaceAll('LIST', '"databaseActivityEventList"')
      .replaceAll('ESCAPED', `"${ESCAPED.join('')}"`);

  it.each([
    '{LIST:[{"a":1}],TYPE}',
    // Its name escaped, in part or as a whole, with digits of either case.
    '{TYPE,"database\\u0041ctivityEventLis\\u0074":[{"a":1}]}',
    '{TYPE,"database\\u0041ctivityEvent\\u004C\\u0069st":[{"a":1}]}',
    '{TYPE,ESCAPED:[{"a":1}]}',
    // Behind a longer name, and one in other letters.
    '{"databaseActivityEventList2":[{"a":0}],TYPE,LIST:[{"a":1}]}',
    '{"DatabaseActivityEventList":[{"a":0}],TYPE,LIST:[{"a":1}]}',
    // Named twice: the last one counts.
    '{LIST:[{"a":2},{"a":3}],TYPE,LIST:[{"a":1}]}',
    '{"database\\u0041ctivityEventList":[{"a":2}],TYPE,LIST:[{"a":1}]}',
    '{LIST:null,TYPE,LIST:[{"a":1}]}',
    // Another list before it, behind it, below, and its name as a value.
    '{"x":[{"a":0}],TYPE,LIST:[{"a":1}]}',
    '{LIST:[{"a":1}],TYPE,"x":[{"a":0}]}',
    '{"x":{LIST:[{"a":0}]},TYPE,LIST:[{"a":1}]}',
    '{"x":LIST,"y":[{"a":0}],TYPE,LIST:[{"a":1}]}',
  ])('%s', (text) => {
    expect(textsOf(write(text))).toEqual(['{"a":1}']);
  });

  it.each(['{TYPE,LIST:[]}', '{TYPE,LIST:[ \n ]}'])('an empty list has no events: %s', (text) => {
    expect(textsOf(write(text))).toEqual([]);
  });

  it.each([
    ['no list', ['{TYPE}', '{TYPE,LIST:null}', '{TYPE,LIST:{}}', '{TYPE,LIST:"[]"}', '{TYPE,"x":{LIST:[{}]}}']],
    ['no list where it is named again', ['{LIST:[{}],TYPE,LIST:null}', '{LIST:[{}],TYPE,LIST:{"a":1}}']],
    ['no object in its list', ['{TYPE,LIST:[{},null]}', '{TYPE,LIST:["{}"]}', '{TYPE,LIST:[1]}', '{TYPE,LIST:[[]]}']],
    ['a comma at the end', ['{TYPE,LIST:[{},]}']],
  ])('a record with %s is quarantined: %j', (_, texts) => {
    for (const text of texts) expect(refusalOf(() => parseText(write(text)))).toEqual(INVALID);
  });
});

describe('what is no inner record is refused', () => {
  const NO_TYPE = '{"type":7,"databaseActivityEventList":[]}';
  const nest = (open: string, close: string) => `${open.repeat(8_000)}1${close.repeat(8_000)}`;

  it.each([
    ['truncated', ['', innerText('[{}]').slice(0, -1), innerText('[{"a":"b"}]').slice(0, -5), '"\\']],
    ['no object', ['{"canary":canary}', '"canary"', 'null', `[${innerText('[{}]')}]`, `${innerText('[{}]')}]`]],
    ['without its type', ['{"databaseActivityEventList":[]}', innerText('[]').replace('Record"', '"'), NO_TYPE]],
    ['a nesting bomb', ['['.repeat(1_000_000), nest('[', ']'), innerText(`[${nest('{"a":', '}')}]`)]],
    ['a nesting bomb in an event', [innerText(`[{"a":${nest('[', ']')}}]`)]],
  ])('%s: the error quotes nothing of it', (_, texts) => {
    for (const text of texts) expect(refusalOf(() => parseText(text))).toEqual(INVALID);
  });

  it.each([
    ['a byte that never occurs', '\xff'],
    ['a cut character', '\xc3'],
    ['an encoded surrogate', '\xed\xa0\x80'],
    ['an overlong slash', '\xc0\xaf'],
  ])('not UTF-8: %s', (_, bytes) => {
    const text = Buffer.from(innerText(`[{"a":"${bytes}"}]`), 'latin1');

    expect(refusalOf(() => parse(text, CLUSTER))).toEqual(INVALID);
  });
});

describe('what is too much is refused before it is built', () => {
  const repeat = (element: string, times: number) => `[${Array<string>(times).fill(element).join(',')}]`;

  it.each([
    ['10,001 events', innerText(repeat('{}', 10_001))],
    ['too many values in one event', innerText(`[{"paramList":${repeat('0', 1_000_002)}}]`)],
    ['too many empty lists in one event', innerText(`[{"paramList":${repeat('[]', 600_000)}}]`)],
    ['too many values outside the list', `{"x":${repeat('0', 1_000_002)},${innerText('[]').slice(1)}`],
  ])('%s', (_, text) => {
    expect(refusalOf(() => parseText(text))).toEqual(TOO_LARGE);
  });

  it('a long key before a hundred thousand lists is read once', () => {
    const text = `{"\\u0041${'A'.repeat(1_000_000)}":${'[]'.repeat(100_000)}}`;

    expect(refusalOf(() => parseText(text))).toEqual(INVALID);
  });

  it('10,000 events are not too many, and the nesting that databases send is not too deep', () => {
    const nested = `{"engineNativeAuditFields":${'{"a":['.repeat(10)}1${']}'.repeat(10)}}`;

    expect(textsOf(innerText(`[${nested}]`))).toEqual([nested]);
    expect(textsOf(innerText(repeat('{}', 10_000)))).toHaveLength(10_000);
  });
});

describe('a record is read where it names no other source than its stream', () => {
  it.each<[string, boolean, string, object]>([
    ['its cluster, and any instance', true, 'cluster-A', { clusterId: 'cluster-A', instanceId: 'db-2' }],
    ['an empty cluster', true, 'cluster-A', { clusterId: '', instanceId: 'db-1' }],
    ['null for the cluster', true, 'cluster-A', { clusterId: null, instanceId: null }],
    ['a cluster by no text', true, 'cluster-A', { clusterId: 5, instanceId: 'db-1' }],
    ['another cluster', false, 'cluster-A', { clusterId: 'cluster-B', instanceId: 'db-A' }],
    ['a cluster of another letter case', false, 'cluster-A', { clusterId: 'cluster-a' }],
    ['an instance as the cluster', false, 'cluster-A', { clusterId: 'db-A' }],
    ['its instance', true, 'db-A', { clusterId: '', instanceId: 'db-A' }],
    ['no instance', true, 'db-A', {}],
    ['an instance by no text', true, 'db-A', { clusterId: {}, instanceId: ['db-B'] }],
    ['another instance', false, 'db-A', { clusterId: '', instanceId: 'db-B' }],
    ['a cluster in the stream of an instance', false, 'db-A', { clusterId: 'cluster-A', instanceId: 'db-A' }],
    ['an instance that is a cluster', false, 'db-A', { instanceId: 'cluster-A' }],
  ])('%s: %s', (_, isRead, resourceId, fields: { readonly instanceId?: unknown }) => {
    const type = 'DatabaseActivityMonitoringRecord';
    const text = JSON.stringify({ type, ...fields, databaseActivityEventList: [{}] });
    const instanceId = typeof fields.instanceId === 'string' ? fields.instanceId : null;

    if (isRead) expect(parseText(text, resourceId)).toMatchObject({ instanceId, events: [{ fields: {} }] });
    else expect(refusalOf(() => parseText(text, resourceId))).toEqual(MISMATCH);
  });
});
