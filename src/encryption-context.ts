/**
 * What RDS binds a stream's data keys to, by the resource id out of the stream's name.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/DBActivityStreams.CodeExample.html
 */
export function encryptionContext(resourceId: string): Record<string, string> {
  return { [resourceId.startsWith('cluster-') ? 'aws:rds:dbc-id' : 'aws:rds:db-id']: resourceId };
}
