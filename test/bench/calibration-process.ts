import { event } from './events.ts';
import { onMeasure } from './fresh-process.ts';

const MEASURED_MS = 300;
const text = JSON.stringify(event(1).data);

// What a core has time for: the JSON of one event is read and written, again and again.
onMeasure(async () => {
  timeOfRoundTrip();
  return { event: timeOfRoundTrip() };
});

/** Nanoseconds. Not CPU time: on a machine that has other work to do, all that is measured takes longer. */
function timeOfRoundTrip(): number {
  const begin = performance.now();
  let runs = 0;
  do {
    JSON.stringify(JSON.parse(text));
    runs++;
  } while (performance.now() - begin < MEASURED_MS);
  return ((performance.now() - begin) * 1e6) / runs;
}
