// `npm run check:bundles`: packages the service and compares what each function loads with its limit.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packageVariant } from './package-variant.ts';
import { runProgram } from './run-program.ts';

/** The most that a function may load at its start, in KB: load time follows kilobytes. What it loads later is not counted. */
const limits = { publish: 80, consume: 55, provision: 16, topics: 195 } as const;

/** "PK\1\2" in front of each entry of the central directory: PKWARE APPNOTE, 4.3.12. */
const ENTRY_SIGNATURE = Buffer.from('PK\u0001\u0002', 'latin1');
const SIZE_AT = 24;
const NAME_LENGTH_AT = 28;
const NAME_AT = 46;

async function main(): Promise<void> {
  const copy = mkdtempSync(path.join(tmpdir(), 'check-bundles-'));
  try {
    const { folder } = await packageVariant({ stage: 'dev', parameters: {} }, path.join(copy, 'service'));
    // bundle-contents.ts has failed the packaging otherwise.
    process.stdout.write(
      'ok  no bundle holds what is for development: lib/local with the console, lib/build, lib/stack, lib/capacity, lib/testing, tests\n',
    );
    for (const [name, limit] of Object.entries(limits)) {
      const kilobytes = sizeIn(path.join(folder, `${name}.zip`), `handlers/${name}.js`) / 1024;
      const fits = kilobytes <= limit;
      process.stdout.write(`${fits ? 'ok' : 'not ok'}  ${name}: ${kilobytes.toFixed(1)} of ${limit} KB\n`);
      if (!fits) process.exitCode = 1;
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** How large a file of an archive is, in bytes, unpacked. */
function sizeIn(archive: string, file: string): number {
  const bytes = readFileSync(archive);
  for (
    let at = bytes.indexOf(ENTRY_SIGNATURE);
    at !== -1;
    at = bytes.indexOf(ENTRY_SIGNATURE, at + NAME_AT)
  ) {
    const name = bytes.toString('utf8', at + NAME_AT, at + NAME_AT + bytes.readUInt16LE(at + NAME_LENGTH_AT));
    if (name === file) return bytes.readUInt32LE(at + SIZE_AT);
  }
  throw new Error(`${archive} holds no ${file}`);
}

runProgram(main);
