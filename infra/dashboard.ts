import { QUARANTINE_REASONS } from '../src/activity.ts';
import { NO_CLASS } from '../src/drop-rules.ts';
import {
  COUNTED_CLASSES,
  type DividedMetric,
  METRICS,
  METRICS_NAMESPACE,
  type PlainMetric,
  SERVICE_NAME,
} from '../src/metrics.ts';
import { deadLetterQueues } from './bus.ts';
import { type Resources, substitute } from './cloudformation.ts';
import { mappingId, type Parameters } from './parameters.ts';
import { PRICES, type Price } from './prices.ts';

/** A line of a graph, as a dashboard writes it. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
type Line = readonly unknown[];

interface Graph {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly unit: string;
  readonly statistic?: string;
  readonly period?: number;
  readonly stacked?: boolean;
}

/** One question and its answer. */
interface Section {
  readonly question: string;
  readonly explanation: string;
  readonly graphs: readonly [Graph, Graph];
}

/** A dashboard is 24 units wide: three sections stand beside each other. */
const [WIDTH, SECTIONS_A_ROW] = [8, 3];
const [ALARMS_HEIGHT, TEXT_HEIGHT, GRAPH_HEIGHT] = [3, 3, 6];
const SECTION_HEIGHT = TEXT_HEIGHT + 2 * GRAPH_HEIGHT;
const MINUTE = 60;
const HOUR = 3600;

/** The dashboard: all alarms above, then six questions, to be read from left to right. */
export function createDashboard(
  parameters: Parameters,
  name: string,
  functionName: string,
  alarms: Resources,
): Resources {
  const body = { widgets: [showAlarms(alarms), ...askQuestions(parameters, functionName).flatMap(place)] };
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: name, DashboardBody: substitute(JSON.stringify(body)) },
    },
  };
}

function askQuestions(parameters: Parameters, functionName: string): readonly Section[] {
  const { streamArn: streams, dropRules, memorySize } = parameters;
  const ofFunction = (metric: string) => ofLambda(functionName, metric);
  const ofMappings = (metric: string, what: string): readonly Line[] =>
    streams.map((stream) => [
      'AWS/Lambda',
      metric,
      'EventSourceMappingUUID',
      `\${${mappingId(stream)}}`,
      { label: `${what} ${stream.resourceId}` },
    ]);
  return [
    {
      question: 'Is it alive?',
      explanation: 'Every database instance sends a heartbeat every second or two. None means that nothing is audited.',
      graphs: [
        { title: 'Heartbeats', unit: 'a minute', lines: [ours('HeartbeatsReceived')] },
        { title: 'Records read', unit: 'a minute', lines: ofMappings('PolledEventCount', 'from') },
      ],
    },
    {
      question: 'Is it behind?',
      explanation: 'The stream keeps a record for a day: what is older is gone.',
      graphs: [
        {
          title: 'Age of the oldest record when it was read',
          unit: 'milliseconds',
          statistic: 'Maximum',
          lines: [ofFunction('IteratorAge')],
        },
        {
          title: 'From arrival to acknowledgement',
          unit: 'milliseconds',
          lines: [
            ours('ProcessingLag', { stat: 'p50', label: 'p50' }),
            ours('ProcessingLag', { stat: 'p99', label: 'p99' }),
          ],
        },
      ],
    },
    {
      question: 'What comes in?',
      explanation:
        'Events by class: all that is archived, and what of it subscribers get. AUXILIARY are AUX events, which repeat.',
      graphs: [
        { title: 'Archived', unit: 'a minute', stacked: true, lines: oursBy('EventsArchived', COUNTED_CLASSES) },
        { title: 'Published', unit: 'a minute', stacked: true, lines: oursBy('EventsPublished', COUNTED_CLASSES) },
      ],
    },
    {
      question: 'What was dropped, and why?',
      explanation: 'By the drop rule that matched. `class`: no configured class keeps it.',
      graphs: [
        {
          title: 'Dropped',
          unit: 'a minute',
          stacked: true,
          lines: oursBy('EventsDropped', [...dropRules.map((rule) => rule.name), NO_CLASS]),
        },
        { title: 'Received', unit: 'a minute', lines: [ours('RecordsReceived'), ours('EventsReceived')] },
      ],
    },
    {
      question: 'What failed?',
      explanation:
        'Failed records are delivered again. Quarantine, the failure bucket and dead-letter queues wait for you.',
      graphs: [
        {
          title: 'Records',
          unit: 'a minute',
          lines: [
            ours('RecordsFailed'),
            ...oursBy('RecordsQuarantined', QUARANTINE_REASONS),
            ...ofMappings('OnFailureDestinationDeliveredEventCount', 'given up'),
            ...ofMappings('DroppedEventCount', 'lost'),
            ours('ArchiveConflicts'),
          ],
        },
        {
          title: 'Function and consumers',
          unit: 'a minute',
          lines: [
            ofFunction('Errors'),
            ofFunction('Throttles'),
            ours('PublishRetries'),
            ours('EventsRefused'),
            ...deadLetterQueues(parameters).map((queue) => [
              'AWS/SQS',
              'ApproximateNumberOfMessagesVisible',
              'QueueName',
              `\${${queue}.QueueName}`,
              { stat: 'Maximum', label: queue },
            ]),
          ],
        },
      ],
    },
    {
      question: 'What does it cost?',
      explanation: 'Calls at list prices of us-east-1. Storage, logs and the stream itself come on top.',
      graphs: [
        {
          title: 'US dollars an hour',
          unit: 'USD',
          period: HOUR,
          stacked: true,
          lines: priceCalls(functionName, memorySize),
        },
        {
          title: 'Calls',
          unit: 'a minute',
          lines: [
            ours('DataKeyDecryptCalls'),
            ours('DataKeyCacheHits'),
            ours('ArchiveObjects'),
            ofFunction('Invocations'),
          ],
        },
      ],
    },
  ];
}

/** Each service's calls times their price. The metrics themselves are hidden. */
function priceCalls(functionName: string, memorySize: number): readonly Line[] {
  const hidden = (id: string) => ({ id, visible: false });
  const published = COUNTED_CLASSES.flatMap((name, position) =>
    oursBy('EventsPublished', [name], hidden(`published${position}`)),
  );
  const gigabytes = memorySize / 1024;
  // Written as a division: what metric math makes of an exponent is not documented.
  const cost = (amount: string, { usd, per }: Price) => `(${amount})*${usd}/${per}`;
  const priced = (label: string, ...costs: readonly string[]): Line => [
    { expression: costs.join('+'), label, id: label.toLowerCase() },
  ];
  return [
    ours('DataKeyDecryptCalls', hidden('keys')),
    ours('ArchiveObjects', hidden('objects')),
    ...published,
    ofLambda(functionName, 'Duration', hidden('milliseconds')),
    ofLambda(functionName, 'Invocations', hidden('invocations')),
    priced('KMS', cost('keys', PRICES.kmsCalls)),
    priced('S3', cost('objects', PRICES.s3Puts)),
    priced('EventBridge', cost('SUM(METRICS("published"))', PRICES.busEvents)),
    priced(
      'Lambda',
      cost(`milliseconds/1000*${gigabytes}`, PRICES.lambdaGigabyteSeconds),
      cost('invocations', PRICES.lambdaRequests),
    ),
  ];
}

function ofLambda(functionName: string, metric: string, options: Readonly<Record<string, unknown>> = {}): Line {
  return ['AWS/Lambda', metric, 'FunctionName', functionName, options];
}

function ours(metric: PlainMetric, options: Readonly<Record<string, unknown>> = {}): Line {
  return [METRICS_NAMESPACE, metric, 'service', SERVICE_NAME, options];
}

function oursBy(
  metric: DividedMetric,
  values: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): readonly Line[] {
  return values.map((value) => [
    METRICS_NAMESPACE,
    metric,
    'service',
    SERVICE_NAME,
    METRICS[metric],
    value,
    { label: value, ...options },
  ]);
}

function showAlarms(alarms: Resources) {
  const arns = Object.values(alarms).map(
    ({ Properties: { AlarmName: name } }) =>
      `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${name}`,
  );
  return { type: 'alarm', x: 0, y: 0, width: 24, height: ALARMS_HEIGHT, properties: { title: 'Alarms', alarms: arns } };
}

/** A section's widgets, one below the other. */
function place({ question, explanation, graphs }: Section, position: number) {
  const x = (position % SECTIONS_A_ROW) * WIDTH;
  const y = ALARMS_HEIGHT + Math.floor(position / SECTIONS_A_ROW) * SECTION_HEIGHT;
  return [
    {
      type: 'text',
      ...{ x, y, width: WIDTH, height: TEXT_HEIGHT },
      properties: { markdown: `## ${position + 1}. ${question}\n${explanation}` },
    },
    ...graphs.map((graph, below) => ({
      type: 'metric',
      ...{ x, y: y + TEXT_HEIGHT + below * GRAPH_HEIGHT, width: WIDTH, height: GRAPH_HEIGHT },
      properties: draw(graph),
    })),
  ];
}

function draw({ title, lines, unit, statistic = 'Sum', period = MINUTE, stacked = false }: Graph) {
  return {
    title,
    region: '${AWS::Region}',
    view: 'timeSeries',
    stacked,
    stat: statistic,
    period,
    metrics: lines,
    yAxis: { left: { label: unit, min: 0, showUnits: false } },
  };
}
