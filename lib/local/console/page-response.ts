import { jsonResponse, type LocalResponse } from '../http/local-server.ts';
import type { PageFiles } from './page-files.ts';

/** Where the page asks for everything but itself. */
export const CONSOLE_PATH = '/console';

/** Of everything the console answers: nothing of a foreign origin is loaded, run, embedded or told. */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** JSON that no foreign page can read. */
export function consoleJson(status: number, body: unknown): LocalResponse {
  return jsonResponse(status, body, securityHeaders);
}

/** An error as the page shows it. */
export function consoleProblem(status: number, message: string): LocalResponse {
  return consoleJson(status, { message });
}

/**
 * The document itself. It carries the token of this run, which writes need: a foreign page cannot read it.
 *
 * @param run - identifies this `npm start`
 */
export function documentResponse({ token, run }: { token: string; run: string }): LocalResponse {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="console-token" content="${token}">
<meta name="console-run" content="${run}">
<title>Console</title>
<link rel="icon" href="${CONSOLE_PATH}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${CONSOLE_PATH}/page.css">
<script type="module" src="${CONSOLE_PATH}/page.js"></script>
</head>
<body><div id="page"></div><noscript>The console needs JavaScript.</noscript></body>
</html>
`;
  return {
    status: 200,
    headers: { ...securityHeaders, 'content-type': 'text/html; charset=utf-8' },
    body: html,
  };
}

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2f6feb"/><path d="M8 11h9M8 16h16M8 21h12" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>';

/** Script, style and icon; undefined for all other paths. */
export async function fileResponse(
  path: string,
  files: () => Promise<PageFiles>,
): Promise<LocalResponse | undefined> {
  const file = (type: string, body: string): LocalResponse => ({
    status: 200,
    headers: { ...securityHeaders, 'content-type': type },
    body,
  });
  switch (path) {
    case `${CONSOLE_PATH}/page.js`:
      return file('text/javascript; charset=utf-8', (await files()).script);
    case `${CONSOLE_PATH}/page.css`:
      return file('text/css; charset=utf-8', (await files()).style);
    case `${CONSOLE_PATH}/icon.svg`:
      return file('image/svg+xml', ICON);
    default:
      return undefined;
  }
}
