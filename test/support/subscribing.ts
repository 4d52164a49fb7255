import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Document, isCollection, parse, visit } from 'yaml';
import type { Resource } from '../../infra/cloudformation.ts';
import { ROOT } from '../../local/package.ts';

/** What subscribers read. */
export const DOCUMENT_FILE = join(ROOT, 'docs', 'subscribing.md');

const RULES_FOLDER = join(ROOT, 'examples', 'rules');

type ReadyRule = (typeof READY_RULES)[number];

/** The ready rules, each a file: the document's blocks are written from them. */
export const READY_RULES = readdirSync(RULES_FOLDER).map((file) => {
  const text = readFileSync(join(RULES_FOLDER, file), 'utf8').trimEnd();
  return { name: basename(file, '.json'), text, pattern: JSON.parse(text) as object };
});

/** The bus of the document. */
export const BUS = 'das-router-dev';
const BUS_ARN = `arn:aws:events:eu-west-1:111122223333:event-bus/${BUS}`;
const DEAD_LETTERS = { 'Fn::GetAtt': ['DeadLetters', 'Arn'] };
const [AGE, ATTEMPTS] = [86_400, 185];

/** An entry of `functions.<name>.events`. */
export function writeServerlessEvent({ name, pattern }: ReadyRule): string {
  const retryPolicy = { maximumEventAge: AGE, maximumRetryAttempts: ATTEMPTS };
  const rule = { name, eventBus: BUS_ARN, pattern, retryPolicy, deadLetterQueueArn: DEAD_LETTERS };
  return writeYaml([{ eventBridge: rule }]);
}

/** A resource of a template. */
export function writeResource({ name, pattern }: ReadyRule): string {
  const logicalId = name.replace(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());
  const target = {
    Id: 'queue',
    Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
    RetryPolicy: { MaximumEventAgeInSeconds: AGE, MaximumRetryAttempts: ATTEMPTS },
    DeadLetterConfig: { Arn: DEAD_LETTERS },
  };
  const Properties = { Name: name, EventBusName: BUS, EventPattern: pattern, Targets: [target] };
  return writeYaml({ [logicalId]: { Type: 'AWS::Events::Rule', Properties } });
}

/** Commands of the AWS CLI. */
export function writeCommands({ name, text }: ReadyRule): string {
  return [
    `aws events put-rule --event-bus-name ${BUS} --name ${name} --event-pattern '${text}'`,
    `aws events put-targets --event-bus-name ${BUS} --rule ${name} --targets file://targets.json`,
  ].join('\n');
}

/** Lists and objects on one line where they fit, and CloudFormation's own spelling of a reference. */
function writeYaml(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Collection(_key, node) {
      const json = JSON.stringify(node);
      if (!json.includes('eventBridge') && json.length <= 60) node.flow = true;
      else if (isCollection(node)) node.flow = false;
    },
  });
  return document
    .toString({ lineWidth: 0, flowCollectionPadding: true })
    .trimEnd()
    .replace(/\{ Fn::GetAtt: \[ (\w+), (\w+) \] \}/g, '!GetAtt $1.$2')
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']');
}

/** Reads YAML as CloudFormation does. */
export function parseTemplate(text: string): { readonly Resources: Readonly<Record<string, Resource>> } {
  const customTags = [
    { tag: '!GetAtt', resolve: (path: string) => ({ 'Fn::GetAtt': path.split('.') }) },
    { tag: '!Ref', resolve: (name: string) => ({ Ref: name }) },
    { tag: '!Sub', resolve: (template: string) => ({ 'Fn::Sub': template }) },
  ];
  return parse(text, { customTags });
}

/** The document's blocks of a language, below a heading as it is written, or within a rule's marks. */
export function readBlocks(
  language: string,
  { heading, rule }: { heading?: string; rule?: string },
): readonly string[] {
  const document = readFileSync(DOCUMENT_FILE, 'utf8');
  const from = document.indexOf(heading === undefined ? `<!-- rule: ${rule} -->\n` : `\n${heading}\n`);
  if (from === -1) throw new Error(`The document has no ${heading ?? rule}`);
  const rest = document.slice(from + 1);
  const end = rest.search(heading === undefined ? /<!-- end -->/ : new RegExp(`\n#{1,${heading.indexOf(' ')}} `));
  const section = rest.slice(0, end === -1 ? undefined : end);
  return [...section.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);
}
