import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { ACCOUNT_ID, REGION } from '../../local/aws/index.ts';
import { streamArn } from '../../local/deployment.ts';
import { RESOURCE_IDS } from '../../local/run.ts';
import { fillIn, readDocument } from '../support/documents.ts';

export const STACK = 'das-router-dev';

interface Command {
  readonly document: string;
  readonly text: string;
}

/** The commands of a document, in its order: the lines of its shell blocks, and what stands between backticks. */
function commandsOf(document: string): readonly Command[] {
  const text = readDocument(document);
  const found = [...text.matchAll(/^( *)```sh\n(.*?)^ *```$|`((?:aws|npx) [^`]*)`/gms)].flatMap(
    ({ 2: block, 3: span = '' }) => (block === undefined ? [span] : block.replaceAll(/ *\\\n */g, ' ').split('\n')),
  );
  return found
    .map((command) => command.trim())
    .filter((command) => command !== '' && command !== 'npx serverless')
    .map((command) => ({ document, text: command }));
}

export const COMMANDS = [...commandsOf('docs/deploying.md'), ...commandsOf('docs/runbook.md')];

/** The commands that start with a text. */
export function commandsFor(start: string): readonly string[] {
  return COMMANDS.map(({ text }) => text).filter((text) => text.startsWith(start));
}

/** Parts of commands that moto needs otherwise: the part, its replacement, and the reason. */
const REPLACEMENTS: readonly (readonly [part: string, replacement: string, reason: string])[] = [
  ['--stage prod', '--stage dev', 'one stack is deployed, and the other commands name that of the stage dev'],
  [
    ',LastProcessingResult' satisfies `,${keyof EventSourceMappingConfiguration}`,
    '',
    'moto leaves it out; the types of the AWS SDK have it',
  ],
  [
    `--function-name ${STACK}-router`,
    `--function-name arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${STACK}-router`,
    'moto finds mappings by the ARN alone',
  ],
];

/** Values of the placeholders `<…>` that need no stack. */
const VALUES: Readonly<Record<string, string>> = {
  stage: 'dev',
  Region: REGION,
  account: ACCOUNT_ID,
  resourceId: String(RESOURCE_IDS[0]),
  results: 'query-results',
  name: 'missed',
  from: '1772323200',
  to: '1772409600',
  day: '2026-03-01',
  since: '2026-03-01T12:00:00Z',
  until: '2026-03-01T13:00:00Z',
  query: 'fields @timestamp | limit 1',
  'cluster ARN': `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:payroll`,
  'stream ARN': RESOURCE_IDS.map(streamArn).join(','),
  'bus ARN': `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/${STACK}`,
  'rule ARN': `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${STACK}/payroll-ddl`,
};

/** A command with values in place of its placeholders, as moto takes it. */
export function fillCommand(command: string, values: Readonly<Record<string, string>>): string {
  const filled = fillIn(command, { ...VALUES, ...values });
  return REPLACEMENTS.reduce((text, [part, replacement]) => text.replace(part, replacement), filled);
}
