import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** It asks nobody for anything but the pages of the test. */
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** Ends the run before any test begins where there is no browser: what Vitest makes of an error hides what it says. */
export function setup(): void {
  try {
    findBrowser();
  } catch (cause) {
    process.stderr.write(`${(cause as Error).message}\n`);
    process.exit(1);
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findBrowser(),
    args: ARGUMENTS,
    // Chromium's sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}

/** The path of a browser. Throws an error that says how to have one. */
function findBrowser(): string {
  const { CHROMIUM: named, PATH: path = '' } = process.env;
  const candidates = named
    ? [named]
    : NAMES.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  const found = candidates.find(isProgram);
  if (found !== undefined) return found;
  const missing = named ? `CHROMIUM names ${named}, which is no program` : `None of ${NAMES.join(', ')} is in PATH`;
  throw new Error(
    `The test of the page needs Chromium. ${missing}. Debian: apt-get install chromium. CHROMIUM=<path> names another.`,
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
