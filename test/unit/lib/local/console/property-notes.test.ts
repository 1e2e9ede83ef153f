import { propertyViews, unknownNotes } from '../../../../../lib/local/console/property-notes.ts';
import { parseEventSourceMappings } from '../../../../../lib/mapping/declaration.ts';

const declared = (event: object) => {
  const [declaration] = parseEventSourceMappings({
    consume: {
      events: [{ msk: { arn: 'arn:aws:kafka:eu-west-1:1:cluster/a/b', topic: 'events', ...event } }],
    },
  });
  if (declaration === undefined) throw new Error('There is no mapping');
  return Object.fromEntries(propertyViews(declaration).map(({ name, ...view }) => [name, view]));
};

test('every note is about a property that can be declared', () => {
  expect(unknownNotes()).toEqual([]);
});

test.each([
  ['the defaults', {}, 'maximumRetryAttempts', { value: 'no limit', does: /tried until it succeeds/ }],
  [
    'a window of none',
    { maximumBatchingWindow: 0 },
    'maximumBatchingWindow',
    { value: '0 s', does: /as they arrive/ },
  ],
  [
    'retries',
    { provisionedPollers: { min: 1 }, maximumRetryAttempts: 5 },
    'maximumRetryAttempts',
    { value: '5', does: /After 5 retries/ },
  ],
  [
    'a destination',
    { provisionedPollers: { min: 1 }, onFailure: 'kafka://events.failed' },
    'maximumRetryAttempts',
    { value: 'no limit', does: /after ten retries/ },
  ],
])('says what %s mean', (_case, event, name, { value, does }) => {
  expect(declared(event)[name]).toMatchObject({ value, does: expect.stringMatching(does) });
});
