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
    from: `    const { origin } = chunk[0].record;
    telemetry.chunkFailed(origin, left, cause);`,
    to: `    const { origin } = (chunk.at(-1) ?? chunk[0]).record;
    telemetry.chunkFailed(origin, left, cause);`,
  },
  {
    name: "publishes a failed record's events",
    file: 'src/pipeline.ts',
    from: '  const keys = await ports.archive(archived, unit, signal);',
    to: `  const keys = await ports.archive(archived, unit, signal).catch(async (cause: unknown) => {
    const events = chunk.flatMap((opened) => opened.published);
    await ports.publish(events.map(({ event }) => createActivityEntry(event, null, config)), signal);
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
    from: '  const chunk = `${first.shardId}-',
    to: '  const chunk = `${Math.random()}${first.shardId}-',
  },
  {
    name: 'swallows a failed archive',
    file: 'src/pipeline.ts',
    from: '  const keys = await ports.archive(archived, unit, signal);',
    to: '  const keys = await ports.archive(archived, unit, signal).catch(() => new Map<string, string>());',
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
      logger.info(chunk.flatMap(({ published }) => published.map(({ event }) => event.activity.user)).join());`,
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
    to: `  const early = chunk.flatMap((opened) => opened.published);
  await ports.publish(early.map(({ event }) => createActivityEntry(event, null, config)), signal);
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
    from: `    if (next !== null) telemetry.outOfTime(next, records.length - begun);
    return next;`,
    to: `    if (next !== null) telemetry.outOfTime(next, records.length - begun);
    return null;`,
  },
  {
    name: 'names a record within a chunk',
    file: 'src/pipeline.ts',
    from: `    const { origin } = chunk[0].record;
    telemetry.chunkFailed(origin, left, cause);`,
    to: `    const { origin } = (chunk[1] ?? chunk[0]).record;
    telemetry.chunkFailed(origin, left, cause);`,
  },
  {
    name: 'begins a chunk before the one in front of it is durable',
    file: 'src/pipeline.ts',
    from: '      if ((await failing) !== null || time.signal.aborted) break;',
    to: '      if (time.signal.aborted) break;',
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
    from: '    return holds(object.key, Buffer.concat(lines), signal);',
    to: '    return false && holds(object.key, Buffer.concat(lines), signal);',
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
