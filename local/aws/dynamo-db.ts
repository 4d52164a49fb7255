import dynalite from 'dynalite';
import type { Respond } from './endpoint.ts';

/** DynamoDB: dynalite, in memory. */
export function createDynamoDb(): Respond {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return (request, response) => {
    server.emit('request', request, response);
  };
}
