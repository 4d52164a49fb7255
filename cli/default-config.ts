import { type Config, readConfig, type StatementText } from '../src/config.ts';

/**
 * The function's configuration where nobody chose anything but what is shown of statements. Bucket and bus have no default:
 * nothing may be written under these names.
 */
export function createDefaultConfig(statementText: StatementText): Config {
  return readConfig({ ARCHIVE_BUCKET: 'none', EVENT_BUS_NAME: 'none', STATEMENT_TEXT: statementText });
}
