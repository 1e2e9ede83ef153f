import fc from 'fast-check';
import { createConsumeHandler } from '../../../../lib/consume/consume-handler.ts';
import { catalogue } from '../../../../lib/schema/catalogue.ts';
import { topicOf } from '../../../../lib/schema/topics.ts';
import { lambdaContext } from '../../../../lib/testing/lambda-context.ts';
import { cloudEventHeaders, mskEvent } from '../../../../lib/testing/msk-event.ts';
import { recordingLog } from '../../../../lib/testing/recording-log.ts';
import { valueMatching } from '../../../support/arbitraries.ts';

/** What a consumer does with a record of some revision. */
async function consumed(type: string, revision: number, data: unknown) {
  const processed: unknown[] = [];
  const deadLetters: unknown[] = [];
  const handler = createConsumeHandler({
    processEvent: (event) => void processed.push(event.data),
    deadLetterQueue: {
      topicFor: (topic) => `${topic}.dlq`,
      write: async (_topic, record) => void deadLetters.push(record),
    },
    reportBatchItemFailures: true,
    logicalTopic: (topic) => topic,
    log: () => recordingLog(),
  });
  const headers = cloudEventHeaders({ type, dataschema: `urn:event-schema:${type}:${revision}` });
  const topic = catalogue.map((each) => (each.type === type ? topicOf(each.type) : '')).join('');
  await handler(mskEvent([{ topic, value: data, headers }]), { ...lambdaContext(), functionName: 'consume' });
  return { processed, deadLetters };
}

const revisions = catalogue.flatMap(({ type, revisions: all }) =>
  all.map((schema, index) => ({ type, revision: index + 1, schema })),
);

test.each(revisions)(
  'a consumer takes records of revision $revision of $type',
  async ({ type, revision, schema }) => {
    await fc.assert(
      fc.asyncProperty(valueMatching(schema), async (value) => {
        const data: unknown = JSON.parse(JSON.stringify(value));
        expect(await consumed(type, revision, data)).toEqual({ processed: [data], deadLetters: [] });
      }),
      { numRuns: 20 },
    );
  },
);

test.each(catalogue.map(({ type, revisions: all }) => ({ type, newest: all.at(-1), next: all.length + 1 })))(
  'a consumer takes records of a newer compatible revision of $type, whose property it does not know',
  async ({ type, newest, next }) => {
    await fc.assert(
      fc.asyncProperty(valueMatching(newest), fc.jsonValue(), async (value, added) => {
        const data: unknown = JSON.parse(JSON.stringify({ ...Object(value), addedLater: added }));
        expect(await consumed(type, next, data)).toEqual({ processed: [data], deadLetters: [] });
      }),
      { numRuns: 20 },
    );
  },
);
