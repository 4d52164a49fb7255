// Makes one file of the handler and what it imports before `serverless` packages it.
const { build } = require('esbuild');
const { join } = require('node:path');

module.exports = class BuildPlugin {
  constructor({ serviceDir }) {
    this.hooks = {
      'before:package:createDeploymentArtifacts': () =>
        build({
          entryPoints: [join(serviceDir, 'handler.ts')],
          outfile: join(serviceDir, 'dist', 'handler.cjs'),
          bundle: true,
          platform: 'node',
          target: 'node24',
          mainFields: ['module', 'main'],
          logLevel: 'warning',
        }),
    };
  }
};
