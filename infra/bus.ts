import {
  arnOf,
  attributeOf,
  policyDocument,
  type Resource,
  type Resources,
  ref,
  substitute,
} from './cloudformation.ts';
import type { Parameters } from './parameters.ts';
import { administeredByAccount } from './storage.ts';

/** Events of one detail-type, and where the stack itself sends them. */
interface Route {
  /** Begins the logical ids of the rule and its dead-letter queue. */
  readonly name: string;
  readonly detailType: string;
  /** Logical id of a queue or a topic. */
  readonly target: string;
}

const OPERATORS: Route = {
  name: 'Quarantine',
  detailType: 'Database Activity Record Quarantined',
  target: 'OperatorsTopic',
};

/** The sample consumers: each class to those who must know. */
const SAMPLE_QUEUES: readonly Route[] = [
  { name: 'Ddl', detailType: 'Database Activity DDL', target: 'DdlQueue' },
  { name: 'Dml', detailType: 'Database Activity DML', target: 'DmlQueue' },
];
const SAMPLE_TOPIC: Route = {
  name: 'AuthFailure',
  detailType: 'Database Activity AUTH_FAILURE',
  target: 'AuthFailureTopic',
};

/** As long as a queue can keep a message. */
const TWO_WEEKS_SECONDS = 1_209_600;

/** EventBridge's most: a day of attempts. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/** The bus with its archive, and who gets what from it. */
export function createBus(parameters: Parameters, busName: string): Resources {
  const { sampleConsumers, busArchiveDays } = parameters;
  return {
    ActivityBus: { Type: 'AWS::Events::EventBus', Properties: { Name: busName } },
    ActivityBusArchive: {
      Type: 'AWS::Events::Archive',
      Properties: {
        // CloudFormation's own name for it may be longer than the 48 characters that EventBridge takes.
        ArchiveName: busName,
        Description: 'What was published: replay it to a rule that came later or was mended',
        SourceArn: arnOf('ActivityBus'),
        RetentionDays: busArchiveDays,
      },
    },
    ...openBus(parameters, busName),
    TopicKey: createTopicKey(),
    ...createTopic('OperatorsTopic', parameters, allowAlarms()),
    ...createRoute(OPERATORS, parameters),
    ...(sampleConsumers ? createSampleConsumers(parameters) : {}),
  };
}

/** Logical ids of the dead-letter queues of the stack's own rules. */
export function deadLetterQueues({ sampleConsumers }: Parameters): readonly string[] {
  const routes = sampleConsumers ? [OPERATORS, ...SAMPLE_QUEUES, SAMPLE_TOPIC] : [OPERATORS];
  return routes.map(deadLetterQueue);
}

function createSampleConsumers(parameters: Parameters): Resources {
  return {
    ...Object.fromEntries(SAMPLE_QUEUES.map(({ target }) => [target, createQueue()])),
    ...Object.fromEntries(SAMPLE_QUEUES.map((route) => [`${route.target}Policy`, takeOnlyFrom(route, route.target)])),
    ...createTopic(SAMPLE_TOPIC.target, parameters),
    ...Object.assign({}, ...[...SAMPLE_QUEUES, SAMPLE_TOPIC].map((route) => createRoute(route, parameters))),
  };
}

/** A rule, and the queue for what its target did not take. */
function createRoute(route: Route, { eventSource }: Parameters): Resources {
  return {
    [ruleOf(route)]: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: attributeOf('ActivityBus', 'Name'),
        EventPattern: { source: [eventSource], 'detail-type': [route.detailType] },
        Targets: [
          {
            Id: route.target,
            // A topic's name is its ARN.
            Arn: route.target.endsWith('Topic') ? ref(route.target) : arnOf(route.target),
            RetryPolicy: RETRY_POLICY,
            DeadLetterConfig: { Arn: arnOf(deadLetterQueue(route)) },
          },
        ],
      },
    },
    [deadLetterQueue(route)]: createQueue(),
    [`${deadLetterQueue(route)}Policy`]: takeOnlyFrom(route, deadLetterQueue(route)),
  };
}

function ruleOf({ name }: Route): string {
  return `${name}Rule`;
}

function deadLetterQueue({ name }: Route): string {
  return `${name}DeadLetterQueue`;
}

function createQueue(): Resource {
  return {
    Type: 'AWS::SQS::Queue',
    Properties: { SqsManagedSseEnabled: true, MessageRetentionPeriod: TWO_WEEKS_SECONDS },
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function takeOnlyFrom(route: Route, queue: string): Resource {
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [ref(queue)],
      PolicyDocument: policyDocument({
        Sid: 'TakeFromRule',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arnOf(queue),
        Condition: { ArnEquals: { 'aws:SourceArn': arnOf(ruleOf(route)) } },
      }),
    },
  };
}

function createTopic(topic: string, { alarmEmail }: Parameters, ...statements: readonly TopicStatement[]): Resources {
  const subscription = { Protocol: 'email', Endpoint: alarmEmail };
  return {
    [topic]: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        KmsMasterKeyId: arnOf('TopicKey'),
        ...(alarmEmail === null ? {} : { Subscription: [subscription] }),
      },
    },
    [`${topic}Policy`]: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: {
        Topics: [ref(topic)],
        PolicyDocument: policyDocument(
          ...[allowRules(), ...statements].map((statement) => ({ ...statement, Resource: ref(topic) })),
        ),
      },
    },
  };
}

type TopicStatement = ReturnType<typeof allowRules> | ReturnType<typeof allowAlarms>;

/** A topic's policy may set EventBridge no condition. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html */
function allowRules() {
  return {
    Sid: 'TakeFromRules',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sns:Publish',
  } as const;
}

function allowAlarms() {
  return {
    Sid: 'TakeFromAlarms',
    Effect: 'Allow',
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Action: 'sns:Publish',
    Condition: ownAccount(),
  } as const;
}

function ownAccount() {
  return { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } };
}

/** Of the services that publish, EventBridge takes no condition here either. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html */
function createTopicKey(): Resource {
  const use = { Effect: 'Allow', Action: ['kms:GenerateDataKey*', 'kms:Decrypt'], Resource: '*' } as const;
  return {
    Type: 'AWS::KMS::Key',
    Properties: {
      Description: substitute('Encrypts what the topics hold: ${AWS::StackName}'),
      EnableKeyRotation: true,
      KeyPolicy: policyDocument(
        administeredByAccount(),
        { Sid: 'UsedByRules', ...use, Principal: { Service: 'events.amazonaws.com' } },
        { Sid: 'UsedByAlarms', ...use, Principal: { Service: 'cloudwatch.amazonaws.com' }, Condition: ownAccount() },
      ),
    },
  };
}

/**
 * Lets others put rules of their own on the bus, and change no one else's.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
 */
function openBus({ subscribers }: Parameters, busName: string): Resources {
  if (subscribers.length === 0) return {};
  const organisation = subscribers.find((subscriber) => subscriber.startsWith('o-'));
  const accounts = subscribers.map((account) => substitute(`arn:\${AWS::Partition}:iam::${account}:root`));
  return {
    ActivityBusPolicy: {
      Type: 'AWS::Events::EventBusPolicy',
      Properties: {
        EventBusName: attributeOf('ActivityBus', 'Name'),
        StatementId: 'RulesOfSubscribers',
        Statement: {
          Effect: 'Allow',
          Principal: organisation === undefined ? { AWS: accounts } : '*',
          Action: [
            'events:PutRule',
            'events:DeleteRule',
            'events:DescribeRule',
            'events:DisableRule',
            'events:EnableRule',
            'events:PutTargets',
            'events:RemoveTargets',
            'events:ListTargetsByRule',
            'events:TagResource',
            'events:UntagResource',
            'events:ListTagsForResource',
          ],
          Resource: substitute(`arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:rule/${busName}/*`),
          Condition: {
            // The `!` leaves the variable to IAM: it is neither CloudFormation's nor Serverless'.
            StringEqualsIfExists: { 'events:creatorAccount': substitute('${!aws:PrincipalAccount}') },
            ...(organisation === undefined ? {} : { StringEquals: { 'aws:PrincipalOrgID': organisation } }),
          },
        },
      },
    },
  };
}
