// Hands serverless.yml what the TypeScript beside this file makes of the parameters. Serverless loads CommonJS alone.
module.exports = async ({ options, resolveVariable }) => {
  if (!process.features.typescript) {
    throw said(
      `Node ${process.versions.node} reads no TypeScript: run npx serverless, which takes the Node of npm ci.`,
    );
  }
  const { PARAMETER_NAMES } = require('./parameters.ts');
  const { createStack } = require('./stack.ts');

  const onCommandLine = (options.param ?? []).map((text) => text.slice(0, text.indexOf('=')));
  const repeated = onCommandLine.find((name, position) => onCommandLine.indexOf(name) !== position);
  if (repeated !== undefined) {
    throw said(
      `--param ${repeated} is given twice, and Serverless takes the last alone: give several as a comma list.`,
    );
  }
  const names = [...new Set([...PARAMETER_NAMES, ...onCommandLine])];
  const values = await Promise.all(names.map((name) => resolveVariable(`param:${name}, null`)));
  const [service, stage, region] = await Promise.all(
    ['self:service', 'sls:stage', 'self:provider.region'].map(resolveVariable),
  );
  try {
    const given = Object.fromEntries(names.map((name, position) => [name, values[position]]));
    return createStack(given, { service, stage, region });
  } catch (cause) {
    throw said(cause.message);
  }
};

// Where an error has a stack, Serverless prints that in place of its message.
function said(message) {
  return Object.assign(new Error(message), { stack: message });
}
