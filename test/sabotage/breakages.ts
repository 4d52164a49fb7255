/** A change of the source that breaks a promise. */
export interface Breakage {
  /** What it does, as a sentence. */
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The first six are those that `guarantees.md` names. */
export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'acknowledges at the last record of a chunk that failed',
    file: 'src/pipeline.ts',
    from: `      telemetry.chunkFailed(first, total - durable, cause);
      return first;`,
    to: `      telemetry.chunkFailed(first, total - durable, cause);
      return (chunk.at(-1) ?? chunk[0]).record.origin;`,
  },
  {
    name: "publishes a failed record's events",
    file: 'src/pipeline.ts',
    from: '  const keys = await ports.archive(archived, unit, signal);',
    to: `  const keys = await ports.archive(archived, unit, signal).catch(async (cause: unknown) => {
    await ports.publish(archived.map((event) => createActivityEntry(event, null, config)), signal);
    throw cause;
  });`,
  },
  {
    name: 'swallows a transient failure of a record',
    file: 'src/pipeline.ts',
    from: '    if (!isPoison(error)) throw error;',
    to: '    if (!isPoison(error)) continue;',
  },
  {
    name: 'swallows a failed quarantine',
    file: 'src/pipeline.ts',
    from: '  await ports.quarantine(poison, signal);',
    to: '  await ports.quarantine(poison, signal).catch(() => undefined);',
  },
  {
    name: 'drops an event silently',
    file: 'src/open-record.ts',
    from: '      if (isHeartbeat(listed)) return [];',
    to: '      if (isHeartbeat(listed) || index === 2) return [];',
  },
  {
    name: 'gives objects random names',
    file: 'src/sinks/archive-layout.ts',
    from: '  const name = `${first.shardId}-',
    to: '  const name = `${Math.random()}${first.shardId}-',
  },
  {
    name: 'swallows a failed archive',
    file: 'src/pipeline.ts',
    from: '  const keys = await ports.archive(archived, unit, signal);',
    to: '  const keys = await ports.archive(archived, unit, signal).catch(() => new Map<never, string>());',
  },
  {
    name: 'writes over what is there, each time anew',
    file: 'src/sinks/create-object.ts',
    from: "              IfNoneMatch: '*',\n",
    to: '',
  },
  {
    name: 'logs names',
    file: 'src/telemetry.ts',
    from: '    chunkOpened(chunk: readonly OpenedRecord[]): void {',
    to: `    chunkOpened(chunk: readonly OpenedRecord[]): void {
      logger.info(chunk.flatMap(({ events }) => events.map(({ event }) => event.activity.user)).join());`,
  },
  {
    name: 'names objects by the wall clock',
    file: 'src/sinks/archive-layout.ts',
    from: '  const [day, hour] = [arrivalTime.slice(0, 10), arrivalTime.slice(11, 13)];',
    to: '  const [day, hour] = [new Date().toISOString().slice(0, 16), arrivalTime.slice(11, 13)];',
  },
  {
    name: 'publishes before it archives',
    file: 'src/pipeline.ts',
    from: '  const keys = await ports.archive(archived, unit, signal);',
    to: `  await ports.publish(archived.map((event) => createActivityEntry(event, null, config)), signal);
  const keys = await ports.archive(archived, unit, signal);`,
  },
  {
    name: 'swallows a failed publication',
    file: 'src/sinks/bus.ts',
    from: "      throw toStageError('publish', cause);",
    to: '      void cause;',
  },
  {
    name: 'takes a failed entry for accepted',
    file: 'src/sinks/bus.ts',
    from: '        if (answer !== undefined && answer.ErrorCode === undefined) return false;',
    to: '        if (answer !== undefined) return false;',
  },
  {
    name: 'takes an entry without an answer for accepted',
    file: 'src/sinks/bus.ts',
    from: '        if (answer !== undefined && answer.ErrorCode === undefined) return false;',
    to: '        if (answer?.ErrorCode === undefined) return false;',
  },
  {
    name: 'quarantines what the environment is at fault for',
    file: 'src/data-keys.ts',
    from: '      if (cause instanceof InvalidCiphertextException || cause instanceof IncorrectKeyException) {',
    to: '      if (cause instanceof Error) {',
  },
  {
    name: 'fails at a poison record',
    file: 'src/pipeline.ts',
    from: '    if (!isPoison(error)) throw error;',
    to: '    throw new Error(String(isPoison(error)));',
  },
  {
    name: 'acknowledges past a chunk that there was no time for',
    file: 'src/pipeline.ts',
    from: `      telemetry.outOfTime(first, total - durable);
      return first;`,
    to: `      telemetry.outOfTime(first, total - durable);
      return null;`,
  },
  {
    name: 'names a record within a chunk',
    file: 'src/pipeline.ts',
    from: '      return first;\n    }\n    durable',
    to: '      return (chunk[1] ?? chunk[0]).record.origin;\n    }\n    durable',
  },
  {
    name: 'never breaks off what is under way',
    file: 'src/time-budget.ts',
    from: 'setTimeout(() => controller.abort(),',
    to: 'setTimeout(() => undefined,',
  },
  {
    name: "takes its own object for another's",
    file: 'src/sinks/archive.ts',
    from: '    return holds(object.key, Buffer.from(content), signal);',
    to: '    return false && holds(object.key, Buffer.from(content), signal);',
  },
  {
    name: 'quarantines without the bytes',
    file: 'src/sinks/quarantine.ts',
    from: 'record: record.delivered }',
    to: 'record: { ...(record.delivered as object), kinesis: { ...record.origin, data: "" } } }',
  },
  {
    name: 'asks KMS for every record',
    file: 'src/data-keys.ts',
    from: '  if (config.dataKeyTtlSeconds === 0) {',
    to: '  if (config.dataKeyTtlSeconds >= 0) {',
  },
  {
    name: 'says what a parser read',
    file: 'src/transforms/decode.ts',
    from: "    throw invalid('NotJson');",
    to: '    throw invalid(UTF8.decode(bytes));',
  },
  {
    name: 'shows statements as they are',
    file: 'src/sinks/bus-entries.ts',
    from: '    text: redacted ? redact(head, statement.dialect) : head,',
    to: '    text: redacted ? redact(head, statement.dialect) && head : head,',
  },
  {
    name: 'loses what the bus can never accept',
    file: 'src/pipeline.ts',
    from: '  await ports.archive(kept, unit, signal);',
    to: '',
  },
];
