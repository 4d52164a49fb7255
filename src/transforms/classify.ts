import type { Origin, RecordedEvent } from '../activity.ts';
import { readId, readNumber, readText, readTime, readVerb } from '../engines/fields.ts';
import { readEvent } from '../engines/index.ts';
import type { ListedEvent } from './parse.ts';

/** Whether the element is a heartbeat. Not every engine's events have a `type`, so only this one is a sign. */
export function isHeartbeat(event: ListedEvent): boolean {
  return event.fields.type === 'heartbeat';
}

/**
 * An event as the database sent it → the event in our words. `index` is its position in the record's unfiltered list.
 *
 * A field of an unexpected type stands as null here, and as it was sent in `record`.
 */
export function classify(event: ListedEvent, index: number, instanceId: string | null, origin: Origin): RecordedEvent {
  const { fields, json } = event;
  const { engine, reading } = readEvent(fields);
  return {
    origin,
    activity: {
      eventId: `${origin.resourceId}/${origin.shardId}/${origin.sequenceNumber}/${index}`,
      class: reading.class,
      statementClass: reading.statementClass,
      action: readVerb(reading.action),
      outcome: reading.outcome,
      auxiliary: reading.auxiliary,
      engine,
      resourceId: origin.resourceId,
      instanceId,
      time: readTime(fields.logTime),
      arrivalTime: origin.arrivalTime,
      shardId: origin.shardId,
      sequenceNumber: origin.sequenceNumber,
      index,
      user: readText(fields.dbUserName),
      database: readText(fields.databaseName),
      remoteHost: readText(fields.remoteHost),
      sessionId: readId(fields.sessionId),
      objectType: readText(fields.objectType),
      objectName: readText(fields.objectName),
      rowCount: readNumber(fields.rowCount),
      errorCode: reading.errorCode,
    },
    record: json,
    statement: reading.statement,
    clientApplication: readText(fields.clientApplication),
    errorMessage: readText(fields.errorMessage),
  };
}
