import { errorMessage } from '../../errors.ts';
import { MAPPINGS_PATH } from '../../local/http/mapping-api.ts';
import { claimPorts } from '../../local/start/ports.ts';
import { announcedStart } from '../../local/start/running-start.ts';
import { localSettings, wantedPorts } from '../../local/start/settings.ts';
import type { Execution } from '../command.ts';
import { type Finding, fine, wrong } from '../doctor/finding.ts';

const TIMEOUT_MS = 2_000;

/** Looks whether `npm start` runs in this folder, or else whether its ports are free. */
export async function* npmStartPorts({ environment }: Execution): AsyncGenerator<Finding, void> {
  const running = announcedStart('.');
  if (running !== undefined && (await answers(running.mappings))) {
    const { httpApi, mappings, brokers } = running;
    yield fine(
      'npm start',
      `is running: HTTP API at ${httpApi}, mappings at ${mappings}, Kafka at ${brokers}`,
    );
    return;
  }
  // The cluster that is examined is not the one that npm start would use instead of its own broker.
  const settings = localSettings({}, { ...environment, KAFKA_BROKERS: undefined }, {});
  if (await answers(`http://${settings.host}:${settings.mappingPort}${MAPPINGS_PATH}`)) {
    yield fine('npm start', `is running: its mappings answer at port ${settings.mappingPort}`);
    return;
  }
  for (const wanted of wantedPorts(settings)) {
    try {
      await claimPorts([wanted]);
      yield fine('npm start', `Port ${wanted.port} for ${wanted.purpose} is free`);
    } catch (error) {
      const who = `lsof -i :${wanted.port} says which program it is`;
      yield wrong(
        'npm start',
        errorMessage(error).replace(/\.$/, ''),
        `Stop that program (${who}), or choose the other port`,
      );
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok && (await response.text()).includes('EventSourceMappings');
  } catch {
    return false;
  }
}
