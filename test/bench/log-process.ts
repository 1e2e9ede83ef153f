import { Logger } from '@aws-lambda-powertools/logger';
import { handler } from '../../handlers/consume.ts';
import { createLog, type LogFields } from '../../lib/log.ts';
import { cpuTimeOf } from './cpu-time.ts';
import { batch, context } from './events.ts';
import { onMeasure } from './fresh-process.ts';

const LINES = 1_000;
const WARM_UP_MS = 500;
const MEASURED_MS = 200;
const { awsRequestId: requestId } = context();

const ours = createLog({ fields: { requestId } });
const powertools = new Logger({ serviceName: 'consume' });
powertools.appendKeys({ requestId });

/** Ways to write the lines of a batch. */
const contenders: Readonly<Record<string, (lines: readonly LogFields[]) => void>> = {
  stringify: (lines) => {
    let text = '';
    for (const fields of lines) {
      const timestamp = new Date().toISOString();
      text += `${JSON.stringify({ level: 'info', timestamp, message: 'event consumed', requestId, ...fields })}\n`;
    }
    process.stdout.write(text);
  },
  ours: (lines) => {
    for (const fields of lines) ours.info('event consumed', fields);
  },
  powertools: (lines) => {
    for (const fields of lines) powertools.info('event consumed', { ...fields });
  },
};

/** The fields that the consumer logs of a batch. */
async function consumedLines(): Promise<LogFields[]> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (lines) => {
    text += String(lines);
    return true;
  };
  await handler(batch(LINES, '2 headers and 6 ce_ headers'), context());
  process.stdout.write = write;
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { level, timestamp, message, requestId: _, ...fields } = JSON.parse(line);
      if (message !== 'event consumed') throw new Error(line);
      return fields;
    });
}

async function start(contender = ''): Promise<void> {
  const lines = await consumedLines();
  const writeLines = async () => {
    contenders[contender]?.(lines);
    // What is written last is written when all is.
    await new Promise((resolve) => process.stdout.write('', resolve));
  };
  await cpuTimeOf(writeLines, WARM_UP_MS);
  onMeasure(async () => ({ line: (await cpuTimeOf(writeLines, MEASURED_MS)) / LINES }));
}

void start(...process.argv.slice(2));
