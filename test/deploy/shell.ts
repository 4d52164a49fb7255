import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';
import { ACCOUNT_ID, clientEnvironment } from '../../local/aws/index.ts';
import { ROOT } from '../../local/package.ts';
import { AWS_CLI_FUNCTION } from '../../local/report.ts';
import { PYTHON_BIN } from './python.ts';

/** Accounts of the documents' examples. */
const EXAMPLE_ACCOUNTS = /111122223333|444455556666/g;

/** Runs shell text of a document in a folder, as a reader does. The real AWS CLI sends its requests to the endpoint. */
export async function runShell(text: string, endpointUrl: string, folder: string) {
  const script = `${AWS_CLI_FUNCTION}\n${text.replaceAll(EXAMPLE_ACCOUNTS, ACCOUNT_ID)}`;
  const PATH = [PYTHON_BIN, process.env.PATH].join(delimiter);
  // Where moto lacks a call, it responds with an error that the AWS CLI would retry.
  const env = {
    HOME: folder,
    PATH,
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
    ...clientEnvironment(endpointUrl, 'operator'),
  };
  // npx finds the project's programs only from its root.
  const options = { env, cwd: text.startsWith('npx ') ? ROOT : folder };
  return promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], options).then(
    ({ stdout }) => ({ status: 0, stdout }),
    ({ code, stdout, stderr }) => {
      if (stdout === '') process.stderr.write(stderr);
      return { status: Number(code), stdout };
    },
  );
}
