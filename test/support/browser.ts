import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where Debian and Ubuntu have it; `CHROMIUM` names another. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Not in Git. */
const SCREENSHOTS = resolve(__dirname, '../../.cache/screenshots');

/** How a page is looked at. */
export interface Look {
  readonly theme?: 'light' | 'dark';
  /** CSS pixels. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * Starts a real Chromium for the test file.
 *
 * @throws Error that says how to install it
 */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `There is no Chromium at ${CHROMIUM}: apt-get install chromium, or name one with CHROMIUM=<path>`,
    );
  }
  // Chromium's own sandbox does not start for root, which tests in a container run as.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

/** Opens a page that collects what goes wrong in it. */
export async function openPage(
  browser: Browser,
  url: string,
  { theme = 'light', width = 1280, height = 900 }: Look = {},
): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ colorScheme: theme, viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    // A connection that is lost on purpose is reported by the browser itself.
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text())) {
      problems.push(message.text());
    }
  });
  await page.goto(url);
  await page.getByRole('status').getByText('Live').waitFor();
  return { page, problems };
}

/** Keeps a picture of the page for people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
