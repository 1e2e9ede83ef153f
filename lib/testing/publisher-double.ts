import { createPublishHandler } from '../http/publish-handler.ts';
import { type Post, postTo } from './posting.ts';
import { type ProducerDouble, producerDouble } from './producer-double.ts';
import { type LogLine, recordingLog } from './recording-log.ts';

/** The publisher without a cluster: its own checks, delivery reports and problems. */
export interface PublisherDouble {
  readonly post: Post;
  /** What was delivered, and what becomes of the next events: `producer.outcome = 'refused'`. */
  readonly producer: ProducerDouble;
  /** What the publisher has logged. */
  readonly lines: readonly LogLine[];
}

/** Creates the publisher with a {@link producerDouble}. */
export function publisherDouble(): PublisherDouble {
  const producer = producerDouble();
  const log = recordingLog();
  const handler = createPublishHandler(() => ({ producer, topicName: (logical) => logical }), log);
  return { post: postTo(handler), producer, lines: log.lines };
}
