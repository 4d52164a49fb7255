import {
  administeredByAccount,
  arnOf,
  attributeOf,
  policyDocument,
  type Resource,
  type Resources,
  ref,
  substitute,
} from './cloudformation.ts';
import type { Parameters } from './parameters.ts';

/** Events of one detail-type, and the target to which the stack itself sends them. */
interface Route {
  /** Begins the logical ids of the rule and its dead-letter queue. */
  readonly name: string;
  readonly detailType: string;
  readonly kind: 'queue' | 'topic';
  /** Logical id. */
  readonly target: string;
  /** Whether it is left out together with the other sample consumers. */
  readonly sample: boolean;
}

const ROUTES: readonly Route[] = [
  {
    name: 'Quarantine',
    detailType: 'Database Activity Record Quarantined',
    kind: 'topic',
    target: 'OperatorsTopic',
    sample: false,
  },
  { name: 'Ddl', detailType: 'Database Activity DDL', kind: 'queue', target: 'DdlQueue', sample: true },
  { name: 'Dml', detailType: 'Database Activity DML', kind: 'queue', target: 'DmlQueue', sample: true },
  {
    name: 'AuthFailure',
    detailType: 'Database Activity AUTH_FAILURE',
    kind: 'topic',
    target: 'AuthFailureTopic',
    sample: true,
  },
];

/** As long as a queue can keep a message. */
const TWO_WEEKS_SECONDS = 1_209_600;

/** EventBridge's most: a day of attempts. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };

/** The bus with its archive, and who gets what from it. */
export function createBus(parameters: Parameters, busName: string): Resources {
  return {
    ActivityBus: { Type: 'AWS::Events::EventBus', Properties: { Name: busName } },
    ActivityBusArchive: {
      Type: 'AWS::Events::Archive',
      Properties: {
        // CloudFormation's own name for it may be longer than the 48 characters that EventBridge takes.
        ArchiveName: busName,
        Description: 'What was published: replay it to a rule that came later or was mended',
        SourceArn: arnOf('ActivityBus'),
        RetentionDays: parameters.busArchiveDays,
      },
    },
    ...openBus(parameters, busName),
    TopicKey: createTopicKey(),
    ...Object.assign({}, ...findRoutes(parameters).map((route) => createRoute(route, parameters))),
  };
}

/** Logical ids of the dead-letter queues of the stack's own rules. */
export function deadLetterQueues(parameters: Parameters): readonly string[] {
  return findRoutes(parameters).map(deadLetterQueue);
}

function findRoutes({ sampleConsumers }: Parameters): readonly Route[] {
  return ROUTES.filter(({ sample }) => sampleConsumers || !sample);
}

/** A rule, its target, and the queue for what the target did not take. */
function createRoute(route: Route, parameters: Parameters): Resources {
  const { kind, target, detailType } = route;
  return {
    [ruleOf(route)]: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: attributeOf('ActivityBus', 'Name'),
        EventPattern: { source: [parameters.eventSource], 'detail-type': [detailType] },
        Targets: [
          {
            Id: target,
            // A topic's name is its ARN.
            Arn: kind === 'topic' ? ref(target) : arnOf(target),
            RetryPolicy: RETRY_POLICY,
            DeadLetterConfig: { Arn: arnOf(deadLetterQueue(route)) },
          },
        ],
      },
    },
    ...(kind === 'topic' ? createTopic(target, parameters) : createQueue(target, route)),
    ...createQueue(deadLetterQueue(route), route),
  };
}

function ruleOf({ name }: Route): string {
  return `${name}Rule`;
}

function deadLetterQueue({ name }: Route): string {
  return `${name}DeadLetterQueue`;
}

/** A queue that takes messages of the route's rule alone. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function createQueue(queue: string, route: Route): Resources {
  return {
    [queue]: {
      Type: 'AWS::SQS::Queue',
      Properties: { SqsManagedSseEnabled: true, MessageRetentionPeriod: TWO_WEEKS_SECONDS },
    },
    [`${queue}Policy`]: {
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
    },
  };
}

/** A topic that rules and alarms publish to, and the alarm e-mail reads. */
function createTopic(topic: string, { alarmEmail }: Parameters): Resources {
  const subscription = { Protocol: 'email', Endpoint: alarmEmail };
  const publish = { Effect: 'Allow', Action: 'sns:Publish', Resource: ref(topic) } as const;
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
          // A topic's policy may set EventBridge no condition. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
          { Sid: 'TakeFromRules', ...publish, Principal: { Service: 'events.amazonaws.com' } },
          {
            Sid: 'TakeFromAlarms',
            ...publish,
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: ofOwnAccount(),
          },
        ),
      },
    },
  };
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
        { Sid: 'UsedByAlarms', ...use, Principal: { Service: 'cloudwatch.amazonaws.com' }, Condition: ofOwnAccount() },
      ),
    },
  };
}

function ofOwnAccount() {
  return { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } };
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
