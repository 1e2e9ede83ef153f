import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { openProducer } from '../../lib/kafka/producer/open-producer.ts';
import { createLog } from '../../lib/log.ts';
import { keepScreenshot, openPage, startBrowser } from '../support/browser.ts';
import { freePorts, startOffline } from '../support/offline-process.ts';

/** `npm run test:console -- flood` with `FLOOD_EVENTS=1000000` in the environment measures a million. */
const EVENTS = Number(process.env.FLOOD_EVENTS ?? 50_000);
const PER_SECOND = 5_000;
const BATCH = 500;
/** No function reads it: it is the page that is measured. */
const TOPIC = 'events.failed';
/** A page that is blocked for longer feels slow: RAIL, "Respond to user input". */
const MAX_BLOCK_MS = 200;
const MAX_PAGE_BYTES = 64 * 1024 * 1024;

jest.setTimeout(120_000 + (EVENTS / PER_SECOND) * 3_000);

test('the page stays smooth and small while 5,000 events a second arrive', async () => {
  const browser = await startBrowser();
  const offline = startOffline(await freePorts(), { flags: ['--ephemeral'] });
  await offline.started();
  const { page, problems } = await openPage(browser, `http://localhost:${offline.ports.mappingPort}/`);
  await page.evaluate(() => {
    const blocks: number[] = [];
    Object.assign(globalThis, { blocks });
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) blocks.push(duration);
    });
    observer.observe({ entryTypes: ['longtask'] });
  });
  const producer = openProducer(
    kafkaConfiguration({ KAFKA_BROKERS: `127.0.0.1:${offline.ports.kafkaPort}`, KAFKA_AUTH: 'none' }),
    createLog({ write: () => {} }),
  );
  const headers = Object.entries({
    ce_specversion: '1.0',
    ce_source: '/flood',
    ce_type: 'message.posted',
  }).map(([name, text]) => [name, Buffer.from(text)] as const);
  const started = Date.now();
  for (let sent = 0; sent < EVENTS; sent += BATCH) {
    const records = Array.from({ length: BATCH }, (_, index) => ({
      topic: TOPIC,
      key: Buffer.from(String(index % 64)),
      value: Buffer.from(JSON.stringify({ id: sent + index, message: 'flood', timestamp: 1 })),
      headers: [...headers, ['ce_id', Buffer.from(String(sent + index))] as const],
    }));
    await producer.send(records, Date.now() + 30_000);
    const ahead = ((sent + BATCH) / PER_SECOND) * 1_000 - (Date.now() - started);
    if (ahead > 0) await sleep(ahead);
  }
  const perSecond = Math.round((EVENTS * 1_000) / (Date.now() - started));
  await producer.disconnect();

  await page.getByText(/^\s*Sampled: .* came too fast/).waitFor();
  await page
    .getByText(`${EVENTS.toLocaleString('en')} events`)
    .first()
    .waitFor();
  const blocks: number[] = await page.evaluate(() => Reflect.get(globalThis, 'blocks'));
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const measured = {
    events: EVENTS,
    perSecond,
    blocks: blocks.length,
    longestBlockMs: Math.round(Math.max(0, ...blocks)),
    pageHeapMb: Number((usedSize / 1024 / 1024).toFixed(1)),
    rows: await page.locator('.row').count(),
    serverMb: residentMb(offline.pid),
  };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
  await keepScreenshot(page, 'flood');
  await browser.close();
  await offline.stop('SIGINT');
  expect(problems).toEqual([]);
  expect(measured.rows).toBeLessThanOrEqual(300);
  expect(measured.longestBlockMs).toBeLessThan(MAX_BLOCK_MS);
  expect(usedSize).toBeLessThan(MAX_PAGE_BYTES);
});

/** Of a process on Linux; undefined elsewhere. */
function residentMb(pid: number | undefined): number | undefined {
  try {
    const pages = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(pages)?.[1]) / 1024);
  } catch {
    return undefined;
  }
}
