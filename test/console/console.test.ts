import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { kafkaConfiguration } from '../../lib/kafka/configuration.ts';
import { openProducer } from '../../lib/kafka/producer/open-producer.ts';
import { createLog } from '../../lib/log.ts';
import { keepScreenshot, type Look, openPage, startBrowser } from '../support/browser.ts';
import { freePorts, type OfflineProcess, startOffline } from '../support/offline-process.ts';
import { post, postedEvent } from '../support/posted-event.ts';

let browser: Browser;
let offline: OfflineProcess;
beforeAll(async () => {
  browser = await startBrowser();
  offline = startOffline(await freePorts(), { flags: ['--ephemeral'] });
  await offline.started();
});
afterAll(async () => {
  await browser?.close();
  await offline?.stop('SIGINT');
});

const urlOf = (view: string): string => `http://localhost:${offline.ports.mappingPort}/#/${view}`;

/** Opens a view, works with it, and expects that nothing went wrong in the page. */
async function withView(view: string, work: (page: Page) => Promise<void>, look: Look = {}): Promise<void> {
  const { page, problems } = await openPage(browser, urlOf(view), look);
  try {
    await work(page);
  } finally {
    await keepScreenshot(page, expect.getState().currentTestName?.replace(/\W+/g, '-') ?? view);
    await page.context().close();
  }
  expect(problems).toEqual([]);
}

/** Sends a record as any Kafka client does. */
async function send(value: string | Buffer, attributes: Record<string, string>): Promise<void> {
  const log = createLog({ write: () => {} });
  const producer = openProducer(
    kafkaConfiguration({ KAFKA_BROKERS: `127.0.0.1:${offline.ports.kafkaPort}`, KAFKA_AUTH: 'none' }),
    log,
  );
  const headers = Object.entries(attributes).map(([name, text]) => [name, Buffer.from(text)] as const);
  await producer.send(
    [{ topic: 'events', key: Buffer.from('hostile'), value: Buffer.from(value), headers }],
    Date.now() + 10_000,
  );
  await producer.disconnect();
}

test('an event that the form publishes is seen on its way until it is committed', async () => {
  await withView('publish/message.posted', async (page) => {
    await page.getByRole('textbox', { name: /^message/ }).fill('from the form');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Delivered, the API answered 202').waitFor();
    await page.getByRole('link', { name: /^Follow events/ }).click();
    const panel = page.getByRole('complementary', { name: /^Event events/ });
    await panel.getByText('Committed').waitFor();
    await panel.getByText('event consumed').waitFor();
    expect(await panel.textContent()).toContain('from the form');
  });
});

test('an event that the publisher refuses says why', async () => {
  await withView('publish/message.posted', async (page) => {
    await page.getByRole('textbox', { name: 'Raw JSON' }).fill('{"type":"message.posted","data":{"id":1}}');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Not delivered, the API answered 422').waitFor();
  });
});

test('a function that fails is tried again until it is healed, and the mapping tells it', async () => {
  await withView('faults', async (page) => {
    await page.locator('#fault-name').selectOption('consume');
    await page.getByRole('button', { name: 'Until I heal it' }).click();
    await page.getByText('until you heal it').waitFor();
    await post(offline.ports, postedEvent(21));
    await page.getByRole('link', { name: 'Flow' }).click();
    await page
      .getByText(/retrying/)
      .first()
      .waitFor();
    await page.getByRole('link', { name: /Try a fault/ }).click();
    await page.getByRole('button', { name: 'Heal consume' }).click();
    await page.getByText('Nothing is broken on purpose.').waitFor();
    await page.getByRole('link', { name: 'Flow' }).click();
    await page
      .getByText(/done · \d+ attempts/)
      .first()
      .waitFor();
    await page.getByRole('link', { name: /Mappings/ }).click();
    await page
      .getByRole('button', { name: /^Batch \d+, 1 record, \d+ invocations: processed/ })
      .first()
      .click();
    await page.getByText('The function fails because it was asked to').first().waitFor();
  });
});

test('a poisoned record appears as a dead letter, is edited and replayed', async () => {
  await withView('faults', async (page) => {
    await page.locator('#poison-type').selectOption('message.posted');
    await page.getByRole('button', { name: 'Send a poisoned record' }).click();
    await page.getByRole('link', { name: /^Follow events/ }).click();
    await page.getByRole('complementary').getByText('Sent to the dead letter topic').waitFor();
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByRole('button', { name: /malformed/ }).click();
    const value = page.getByLabel('Value of the record');
    expect(await value.inputValue()).toBe('{"broken": ');
    await value.fill('{"id":31,"message":"mended by hand","timestamp":1}');
    await page.getByRole('button', { name: 'Replay as edited' }).click();
    await page.getByText('Replayed 1; 0 left').waitFor();
    await page.getByRole('button', { name: /malformed.*replayed/ }).waitFor();
    await page.getByRole('link', { name: 'Flow' }).click();
    await page.getByRole('button', { name: /mended by hand.*done/ }).waitFor();
  });
});

test.each([
  ['markup', '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'],
  ['a template of another framework', '{{constructor.constructor("document.title=\'owned\'")()}}'],
  ['control characters', 'a\u0000b\u001b[31mred\u202egnp.exe'],
  ['a huge value', 'y'.repeat(900_000)],
])('hostile data stays data: %s', async (_case, text) => {
  const attributes = { ce_specversion: '1.0', ce_source: '/a', ce_type: 'message.posted' };
  const id = `hostile-${text.length}`;
  const ce_id = text.length > 1_000 ? id : `${id} ${text.replace(/\p{Cc}|\p{Bidi_Control}/gu, '')}`;
  await send(JSON.stringify({ id: 1, message: text, timestamp: 1 }), { ...attributes, ce_id });
  await withView('flow', async (page) => {
    await page.getByRole('searchbox').fill(`id:${id}`);
    await page
      .getByRole('button', { name: /message\.posted/ })
      .first()
      .click();
    const panel = page.getByRole('complementary');
    await panel.getByText('Appended').waitFor();
    expect(await page.title()).not.toContain('owned');
    expect(await page.locator('#page img, #page script').count()).toBe(0);
    const shown = await panel.textContent();
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
    if (text.length < 1_000) expect(shown).toContain(id);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});

test('sensitive data is not in the page', async () => {
  const data = {
    orderId: 'o-77',
    customerEmail: 'secret@example.com',
    lines: [{ sku: 'cup', quantity: 1 }],
    totalCents: 1,
    currency: 'EUR',
  };
  await post(offline.ports, { type: 'order.placed', data });
  await withView('flow', async (page) => {
    await page
      .getByRole('button', { name: /order\.placed/ })
      .first()
      .click();
    await page.getByRole('complementary').getByText('Committed').waitFor();
    const html = await page.content();
    expect(html).toContain('[redacted]');
    expect(html).not.toContain('secret@example.com');
  });
});

const views = ['flow', 'mappings', 'dead-letters', 'publish', 'contract', 'faults'] as const;

describe.each(views)('the view %s', (view) => {
  test.each(['light', 'dark'] as const)('is accessible in the %s theme', async (theme) => {
    await withView(
      view,
      async (page) => {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await openEverything(page, view);
        const violations = await axe(page);
        expect(violations).toEqual([]);
      },
      { theme },
    );
  });

  test('fits 320 pixels', async () => {
    await withView(
      view,
      async (page) => {
        await page.getByRole('heading', { level: 1 }).waitFor();
        await openEverything(page, view);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
      },
      { width: 320, height: 700 },
    );
  });
});

/** Shows what is folded away, so that it is checked too. */
async function openEverything(page: Page, view: string): Promise<void> {
  const first = { flow: '.row', mappings: '.batch', 'dead-letters': '.letter .row' }[view];
  if (first !== undefined) await page.locator(first).first().click();
  if (view === 'flow' || view === 'dead-letters') await page.locator('.panel h3').first().waitFor();
  for (const folded of await page.locator('details:not([open]) > summary').all()) {
    if (await folded.isVisible()) await folded.click();
  }
}

async function axe(page: Page): Promise<string[]> {
  // Evaluated by the debugger: the policy of the page lets no script in.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = Object(await page.evaluate('axe.run(document)'));
  return violations.flatMap(
    ({ id, nodes }: { id: string; nodes: { html: string; failureSummary: string }[] }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

test('the keyboard alone publishes and follows an event', async () => {
  await withView('flow', async (page) => {
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await tabTo(page, 'Publish');
    await page.keyboard.press('Enter');
    await page.getByLabel('Event type').waitFor();
    await tabTo(page, 'Publish', 'BUTTON');
    await page.keyboard.press('Enter');
    await page.getByText('Delivered, the API answered 202').waitFor();
    await tabTo(page, 'Follow events');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByText('Appended').waitFor();
    await tabTo(page, 'Close');
    await page.keyboard.press('Enter');
    await page.locator('.row').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => document.activeElement === document.querySelectorAll('.row')[1])).toBe(
      true,
    );
  });
});

async function tabTo(page: Page, name: string, tag = ''): Promise<void> {
  for (let steps = 0; steps < 100; steps++) {
    await page.keyboard.press('Tab');
    const isWanted = await page.evaluate(
      ([text = '', wanted = '']) =>
        document.activeElement?.textContent?.startsWith(text) === true &&
        document.activeElement.tagName.includes(wanted),
      [name, tag],
    );
    if (isWanted) return;
  }
  throw new Error(`The keyboard does not reach ${name}`);
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');

test('a page of a run that has ended connects to the next one, and may write there', async () => {
  const { ports } = offline;
  const { page } = await openPage(browser, urlOf('faults'));
  await offline.stop('SIGINT');
  await page.getByText('Connection lost, trying again').waitFor();
  offline = startOffline(ports, { flags: ['--ephemeral'] });
  await offline.started();
  await page.getByRole('status').getByText('Live').waitFor();
  await page.getByText('Nothing is broken on purpose.').waitFor();
  await page.getByRole('button', { name: 'Send a poisoned record' }).click();
  await page.getByRole('link', { name: /^Follow events/ }).waitFor();
  await page.context().close();
});
