import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';

// It takes two seconds to load its rules, so each worker does so once.
let engine: InstanceType<typeof CelEngine> | undefined;

/** The errors that AWS' own validator finds in a template, JSON or YAML. */
export function findErrors(template: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'das-router-'));
  try {
    const file = join(folder, 'template.yaml');
    writeFileSync(file, template);
    engine ??= new CelEngine();
    return engine
      .validateStandard(new TemplateFile(file))
      .diagnostics.filter(({ severity }) => severity === 'ERROR' || severity === 'FATAL')
      .map(({ ruleId, message }) => `${ruleId}: ${message}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
