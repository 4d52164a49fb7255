import { Listr, ListrLogger, ProcessOutput } from 'listr2';

/** Told of how far the work is. */
export type Advance = (done: number, total: number) => void;

/**
 * Does the work and shows on a terminal how far it is: on stderr, and only where stdout is a terminal too. What goes to a
 * file or a pipe is the result alone.
 */
export async function withProgress<T>(title: string, work: (advance: Advance) => Promise<T>): Promise<T> {
  const done: T[] = [];
  const tasks = new Listr(
    [
      {
        title,
        task: async (_context, task) => {
          done.push(
            await work((count, total) => {
              task.title = `${title} ${drawBar(count, total)} ${count} of ${total}`;
            }),
          );
        },
      },
    ],
    {
      renderer: process.stderr.isTTY ? 'default' : 'silent',
      // Where stdout is no terminal it would write there.
      fallbackRenderer: 'silent',
      rendererOptions: {
        clearOutput: true,
        logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(process.stderr, process.stdout) }),
      },
      registerSignalListeners: false,
    },
  );
  await tasks.run();
  return done[0] as T;
}

const BAR_WIDTH = 30;

function drawBar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.floor((done / total) * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
}
