import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../local/package.ts';

/** Packs the project as it is built, and installs it in a folder. It wants nothing else: no registry is asked. */
export async function installPacked(folder: string): Promise<void> {
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await promisify(execFile)('npm', pack, { cwd: ROOT });
  const [{ filename }] = JSON.parse(stdout);
  const install = ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`];
  await promisify(execFile)('npm', install, { cwd: folder });
}
