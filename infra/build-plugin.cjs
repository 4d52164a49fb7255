// Builds the bundle before `serverless` packages it, with the project's own build: on the Node of the project.
const { execSync } = require('node:child_process');

module.exports = class BuildPlugin {
  constructor({ serviceDir }) {
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => {
        execSync('npm run --silent build', { cwd: serviceDir, stdio: ['ignore', 'ignore', 'inherit'] });
      },
    };
  }
};
