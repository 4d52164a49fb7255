import { CONFIG_SETTINGS } from '../src/config.ts';
import { createAlarms } from './alarms.ts';
import { createBus } from './bus.ts';
import { arnOf, attributeOf, type Resources, ref, substitute } from './cloudformation.ts';
import { createDashboard } from './dashboard.ts';
import { createMappings } from './mappings.ts';
import { chosenEnvironment, type Given, type Place, readParameters, type SetByStack } from './parameters.ts';
import { createQueries } from './queries.ts';
import { createRole } from './role.ts';
import { createSchemas } from './schema-registry.ts';
import { createStorage } from './storage.ts';

const DESCRIPTION = 'das-router: Database Activity Streams, archived in S3 by class and published to EventBridge';

/**
 * The function's environment, and every resource beside the function and its log group.
 *
 * Throws one error that names every parameter that is missing, malformed or not known.
 */
export function createStack(given: Given, place: Place) {
  const parameters = readParameters(given, place);
  const name = `${place.service}-${place.stage}`;
  const functionName = `${name}-router`;
  const database = name.replaceAll('-', '_');
  const alarms = createAlarms(parameters, name, functionName);
  const resources: Resources = {
    ...createMappings(parameters),
    ...createRole(parameters),
    ...createStorage(parameters),
    ...createBus(parameters, name),
    ...createSchemas(parameters, name),
    ...createQueries(parameters, database),
    ...alarms,
    ...createDashboard(parameters, name, functionName, alarms),
  };
  return {
    environment: { ...ownEnvironment(), ...chosenEnvironment(given) },
    resources: { Description: DESCRIPTION, Resources: resources, Outputs: createOutputs() },
  };
}

function ownEnvironment(): Readonly<Record<string, unknown>> {
  const values: Record<SetByStack, unknown> = {
    archiveBucket: ref('ArchiveBucket'),
    eventBusName: attributeOf('ActivityBus', 'Name'),
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [CONFIG_SETTINGS[key as SetByStack].name, value]),
  );
}

function createOutputs() {
  const outputs = {
    ArchiveBucketName: ref('ArchiveBucket'),
    ArchiveKeyArn: arnOf('ArchiveKey'),
    FailureBucketName: ref('FailureBucket'),
    FailureKeyArn: arnOf('FailureKey'),
    ActivityBusName: attributeOf('ActivityBus', 'Name'),
    ActivityBusArn: arnOf('ActivityBus'),
    QueryDatabaseName: ref('QueryDatabase'),
    DashboardUrl: substitute(
      'https://${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards/dashboard/${Dashboard}',
    ),
  };
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, { Value: value }]));
}
