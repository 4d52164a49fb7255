import { main } from './main.ts';

// Whoever reads the output may have seen enough, as `head` has.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE') throw cause;
  });
}

process.exitCode = await main(process.argv.slice(2), process);
