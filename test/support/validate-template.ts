import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';

/** What AWS' own validator calls an error in a template, JSON or YAML. */
export function findErrors(template: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'das-router-'));
  const engine = new CelEngine();
  try {
    const file = join(folder, 'template.yaml');
    writeFileSync(file, template);
    const { diagnostics } = engine.validateStandard(new TemplateFile(file));
    return diagnostics
      .filter(({ severity }) => severity === 'ERROR' || severity === 'FATAL')
      .map(({ ruleId, message }) => `${ruleId}: ${message}`);
  } finally {
    engine.free();
    rmSync(folder, { recursive: true });
  }
}
