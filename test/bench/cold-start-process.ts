import { context } from './events.ts';
import { type Figures, onMeasure } from './fresh-process.ts';

// Loads a bundle and has it answer once, as a new sandbox does. Arguments: the bundle, the event, the brokers.
async function start(bundle = '', event = '', brokers = ''): Promise<Figures> {
  process.env.KAFKA_BROKERS = brokers;
  const request = JSON.parse(event);
  const own = context();
  const begin = performance.now();
  const { handler } = require(bundle);
  const loaded = performance.now();
  const answer = await handler(request, own);
  const answered = performance.now();
  if (answer.statusCode >= 400) throw new Error(JSON.stringify(answer));
  return { load: loaded - begin, answer: answered - begin };
}

onMeasure(() => start(...process.argv.slice(2)));
