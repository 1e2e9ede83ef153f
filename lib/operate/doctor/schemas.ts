import { errorMessage } from '../../errors.ts';
import type { ConnectionOptions } from '../../kafka/client/connection.ts';
import type { Environment } from '../../kafka/configuration.ts';
import { connectTopicReader } from '../../kafka/reading/topic-reader.ts';
import type { Log } from '../../log.ts';
import { closing } from '../closing.ts';
import { formatCoordinates } from '../coordinates.ts';
import { readRecords } from '../tail/read.ts';
import { type TailedRecord, tailedRecord } from '../tail/tailed-record.ts';
import { type Finding, fine, wrong } from './finding.ts';

/** What the last records of a topic are checked with. */
export interface SchemaCheck {
  readonly environment: Environment;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Of each partition. */
  readonly records: number;
}

/** Looks for schema drift: records of a topic that the current catalogue does not accept. */
export async function examineSchemas(
  connection: ConnectionOptions,
  topic: string,
  { environment, log, signal, records }: SchemaCheck,
): Promise<Finding> {
  try {
    const reader = await connectTopicReader(connection, topic, log);
    return await closing(reader.disconnect, async () => {
      const bounds = [...(await reader.bounds())];
      const from = new Map(
        bounds.map(([partition, { first, end }]) => [partition, Math.max(first, end - records)]),
      );
      const found: TailedRecord[] = [];
      let checked = 0;
      for await (const record of readRecords(reader, from, { follow: false, signal })) {
        if (signal.aborted) break;
        checked++;
        const tailed = tailedRecord(topic, record, environment);
        if (tailed.event === undefined) found.push(tailed);
      }
      return verdict(topic, checked, found);
    });
  } catch (error) {
    return wrong(
      'schemas',
      `${topic} cannot be read: ${errorMessage(error)}`,
      'See the permissions and the brokers above',
    );
  }
}

function verdict(topic: string, checked: number, found: readonly TailedRecord[]): Finding {
  const [first] = found;
  const of = `${checked === 1 ? 'the last record' : `the last ${checked} records`} of ${topic}`;
  if (first === undefined) {
    return fine('schemas', checked === 0 ? `${topic} is empty` : `The catalogue accepts ${of}`);
  }
  const { partition, offset } = first.record;
  const [issue] = first.issues;
  const why = `${issue?.pointer ?? ''} ${issue?.message ?? ''}`.trim();
  return wrong(
    'schemas',
    `The catalogue refuses ${found.length} of ${of}, first ${formatCoordinates({ topic, partition, offset })} (${first.type ?? 'no event'}): ${why}`,
    `Correct the producer, or undo the change of the schema; look with: npm run kafka -- tail ${topic} --from ${partition}:${offset} -n 1`,
  );
}
