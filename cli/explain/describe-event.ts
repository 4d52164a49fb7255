import type { Activity, RecordedEvent } from '../../src/activity.ts';
import { CONFIG_SETTINGS, type Config } from '../../src/config.ts';
import { readId, readText } from '../../src/engines/fields.ts';
import type { DatabaseActivityDetail } from '../../src/events.ts';
import { groupOf } from '../../src/sinks/archive-layout.ts';
import { createActivityEntry } from '../../src/sinks/bus-entries.ts';
import { filter } from '../../src/transforms/filter.ts';
import type { JsonObject } from '../../src/transforms/parse.ts';
import { toOneLine } from '../printable.ts';
import type { Step } from './step.ts';

/** Fields that hold a word of the database's own, and those that hold a text: their length is all that is told. */
const WORDS = ['serverType', 'class', 'command', 'exitCode'];
const TEXTS = ['commandText', 'errorMessage'];

/** What no statement fits into. */
const WORD = /^[\w .*/-]{1,60}$/;

/** What becomes of one event, from its class to the bus. `fields` are those that the database sent. */
export function describeEvent(
  event: RecordedEvent,
  fields: JsonObject,
  arrived: boolean,
  config: Config,
): readonly Step[] {
  const { activity } = event;
  const { detailType, detail } = createActivityEntry(event, null, config);
  const { data } = JSON.parse(detail) as DatabaseActivityDetail;
  const { archived, published, droppedBy } = filter(activity, config);
  const steps: Step[] = [
    { name: 'event', facts: [`${activity.index} of the list`] },
    {
      name: 'classify',
      facts: [
        `${data.class}, ${toOneLine(data.action ?? 'no action')}, ${data.outcome}`,
        `engine ${data.engine}, statement class ${data.statementClass ?? 'none'}`,
        `from ${describeFields(fields)}`,
      ],
    },
  ];
  if (droppedBy !== null) {
    steps.push({ name: 'filter', facts: [`dropped by the rule ${droppedBy} of ${CONFIG_SETTINGS.dropRules.name}`] });
  } else {
    const kept = archived ? 'archived' : 'not archived';
    steps.push({ name: 'filter', facts: [`${kept}, ${published ? 'published' : whyNotPublished(activity, config)}`] });
  }
  if (archived) steps.push({ name: 'archive', facts: [writeFolder(event, arrived, config)] });
  const statement = data.statement === null ? [] : [toOneLine(data.statement.text)];
  if (published) steps.push({ name: 'publish', facts: [detailType, ...statement] });
  else if (data.statement !== null) steps.push({ name: 'statement', facts: statement });
  return steps;
}

function describeFields(fields: JsonObject): string {
  const words = WORDS.flatMap((name) => {
    const value = readId(fields[name]) ?? '';
    if (value === '') return [];
    return `${name} ${WORD.test(value) ? value : 'that is no word'}`;
  });
  const texts = TEXTS.flatMap((name) => {
    const { length } = readText(fields[name]) ?? '';
    return length === 0 ? [] : `${name} of ${length} characters`;
  });
  return [...words, ...texts].join(', ') || 'nothing that is known';
}

function whyNotPublished({ class: activityClass, auxiliary }: Activity, { publishClasses, publishAuxiliary }: Config) {
  const { publishClasses: classes, publishAuxiliary: aux } = CONFIG_SETTINGS;
  if (auxiliary && !publishAuxiliary && publishClasses.has(activityClass)) return `not published: ${aux.name} is false`;
  return `not published: ${classes.name} does not name ${activityClass}`;
}

function writeFolder({ activity, origin }: RecordedEvent, arrived: boolean, { archivePrefix }: Config): string {
  const folder = `${archivePrefix}/${groupOf(activity.class, origin)}/`;
  return arrived ? folder : folder.replace(/dt=.*/, 'dt=<day>/hour=<hour>/, by its arrival');
}
