import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJsonObject } from '../../json.ts';
import { replaceFile } from '../../replace-file.ts';
import { BUNDLE_FOLDER } from './function-build.ts';

/** Where the `npm start` that runs in a folder can be reached. */
export interface RunningStart {
  /** URL of the HTTP API. */
  readonly httpApi: string;
  /** URL of the event source mappings. */
  readonly mappings: string;
  /** `host:port`, comma-separated. */
  readonly brokers: string;
}

/** Tells other commands in the folder of serverless.yml where `npm start` can be reached. */
export function announceStart(serviceDirectory: string, { httpApi, mappings, brokers }: RunningStart): void {
  const file = fileIn(serviceDirectory);
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, `${JSON.stringify({ httpApi, mappings, brokers }, null, 2)}\n`);
}

/** Withdraws what {@link announceStart} told. */
export function withdrawStart(serviceDirectory: string): void {
  rmSync(fileIn(serviceDirectory), { force: true });
}

/**
 * What `npm start` announced last in a folder.
 *
 * @returns undefined if there is nothing; a process that was killed leaves its announcement behind
 */
export function announcedStart(serviceDirectory: string): RunningStart | undefined {
  try {
    const announced: unknown = JSON.parse(readFileSync(fileIn(serviceDirectory), 'utf8'));
    if (!isJsonObject(announced)) return undefined;
    const { httpApi, mappings, brokers } = announced;
    return [httpApi, mappings, brokers].every((each) => typeof each === 'string')
      ? { httpApi: String(httpApi), mappings: String(mappings), brokers: String(brokers) }
      : undefined;
  } catch {
    return undefined;
  }
}

function fileIn(serviceDirectory: string): string {
  return join(serviceDirectory, BUNDLE_FOLDER, 'npm-start.json');
}
