// How fast short statements are classified and masked, on one core: npm run bench:statements
import Table from 'cli-table3';
import { DIALECTS, type Dialect } from '../src/sql/dialects.ts';
import { redact } from '../src/sql/redact.ts';
import { classifyStatement } from '../src/sql/statement.ts';
import { STATEMENTS } from '../test/support/sql.ts';
import { median } from './fit.ts';

const SHORT = 80;
const ROUNDS = 9;
const STATEMENTS_A_ROUND = 200_000;

/** Statements a second of CPU time: the median of several rounds over all short statements of the dialect's table. */
function measure(dialect: Dialect, work: (text: string, dialect: Dialect) => unknown): number {
  const texts = STATEMENTS.filter((row) => row.dialect === dialect && row.text.length <= SHORT).map(({ text }) => text);
  const rates = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    for (let number = 0; number < STATEMENTS_A_ROUND; number++) work(texts[number % texts.length] as string, dialect);
    const { user, system } = process.cpuUsage(start);
    return STATEMENTS_A_ROUND / ((user + system) / 1e6);
  });
  return median(rates);
}

const table = new Table({
  head: ['dialect', 'classified a second', 'masked a second'],
  style: { head: [], border: [] },
});
for (const dialect of DIALECTS) {
  const rates = [measure(dialect, classifyStatement), measure(dialect, redact)];
  table.push([dialect, ...rates.map((rate) => Math.round(rate).toLocaleString('en'))]);
}
console.log(table.toString());
