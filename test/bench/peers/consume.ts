import { kafkaConsumer } from '@aws-lambda-powertools/kafka';
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';

const logger = new Logger({ serviceName: 'consume' });
const messagePosted = z.object({ id: z.int(), message: z.string(), timestamp: z.number() });

/** The consumer of this project, of official pieces: reads, checks and logs each event. It has no dead letters. */
export const handler = kafkaConsumer<string, z.infer<typeof messagePosted>>(
  async ({ records }) => {
    for (const { topic, partition, offset, key, value, headers } of records) {
      logger.info('event consumed', { topic, partition, offset, key, headers, event: value });
    }
    return { batchItemFailures: [] };
  },
  { value: { type: 'json', parserSchema: messagePosted } },
);
