import { randomUUID } from 'node:crypto';
import type { Log } from '../../log.ts';
import type { ObserveMapping } from '../observation.ts';
import type { Discarded } from './batch-run.ts';
import { recordCount } from './batching.ts';
import type { EventEnvelope } from './kafka-event.ts';
import type { Report } from './mapping-log.ts';
import type { MappingMetrics } from './metrics.ts';
import type { OnFailureDestination } from './on-failure-destination.ts';

export interface DiscardingOptions {
  readonly destination: OnFailureDestination | undefined;
  readonly functionArn: string;
  readonly envelope: EventEnvelope;
  readonly metrics: MappingMetrics;
  readonly log: Log;
  readonly report: Report;
  readonly observe?: ObserveMapping | undefined;
  /** Function and topic, for the log. */
  readonly names: Readonly<Record<string, string>>;
}

/**
 * Gives records up: hands them to the on-failure destination and counts them. Without a destination, or when it does not
 * take them, they are dropped, counted and logged.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources"}
 */
export function createDiscarding(options: DiscardingOptions): (discarded: Discarded) => Promise<void> {
  const { destination, functionArn, envelope, metrics, log, report, names, observe } = options;
  const observed = ({ records, condition }: Discarded, to: 'onFailure' | 'none'): void =>
    observe?.({
      kind: 'discarded',
      records: records.map(({ source }) => source),
      condition,
      destination: to,
    });
  return async (discarded) => {
    const { records, condition, result } = discarded;
    const count = recordCount(records);
    const what = {
      condition,
      records: count,
      partition: records[0]?.source.partition,
      firstOffset: records[0]?.source.offset,
    };
    if (destination === undefined) {
      metrics.DroppedEventCount += count;
      observed(discarded, 'none');
      log.warn('records were dropped: there is no on-failure destination', { ...names, ...what });
      return;
    }
    try {
      await destination.deliver({
        ...discarded,
        requestId: result?.requestId ?? randomUUID(),
        functionArn,
        envelope,
        at: new Date(),
      });
      metrics.OnFailureDestinationDeliveredEventCount += count;
      observed(discarded, 'onFailure');
    } catch (error) {
      metrics.OnFailureDestinationDeliveryErrorCount++;
      metrics.DestinationDeliveryFailures++;
      metrics.DroppedEventCount += count;
      observed(discarded, 'none');
      report('records were dropped: the on-failure destination did not accept them', error, what);
    }
  };
}
