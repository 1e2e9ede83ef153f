import { randomBytes, timingSafeEqual } from 'node:crypto';
import { contentOf } from '../../content.ts';
import { errorMessage } from '../../errors.ts';
import { isJsonObject, parseJson } from '../../json.ts';
import { parseCoordinates } from '../../operate/coordinates.ts';
import type { EventType } from '../../schema/event-type.ts';
import type { LocalRequest, LocalResponse } from '../http/local-server.ts';
import { type Action, consoleActions } from './console-actions.ts';
import type { ConsoleOptions } from './console-options.ts';
import { ConsoleStream } from './console-stream.ts';
import { listLetters, showLetter } from './dead-letters.ts';
import { FaultControls } from './fault-controls.ts';
import { journeyOf } from './journey.ts';
import { pageFiles } from './page-files.ts';
import {
  CONSOLE_PATH,
  consoleJson,
  consoleProblem,
  documentResponse,
  fileResponse,
  securityHeaders,
} from './page-response.ts';
import { Replays } from './replays.ts';
import type { ServiceView } from './wire.ts';

/** Header with the token of this run. A foreign page can neither read the token nor send a header of this name. */
const TOKEN_HEADER = 'x-console-token';

/** The page that shows the local run, and what it asks for. */
export class Console {
  readonly #options: ConsoleOptions;
  readonly #stream: ConsoleStream;
  readonly #replays: Replays;
  readonly #actions: ReadonlyMap<string, Action>;
  readonly #run = randomBytes(8).toString('hex');
  readonly #token = randomBytes(32).toString('hex');

  constructor(options: ConsoleOptions) {
    this.#options = options;
    const { recorder, catalogue, kafka, letterTopics: topics, functions, broker, mappings, log } = options;
    const faults = new FaultControls({ functions, broker, mappings });
    this.#replays = new Replays({ kafka, topics, catalogue, log });
    this.#stream = new ConsoleStream({
      recorder,
      catalogue,
      mappings,
      faults: () => faults.view(),
      replay: () => this.#replays.last,
    });
    this.#actions = consoleActions({ ...options, faults, replays: this.#replays });
  }

  /** Answers the requests for the page; undefined for all others. */
  readonly respond = (request: LocalRequest): Promise<LocalResponse> | undefined => {
    const { method, path } = request;
    const isRead = method === 'GET' || method === 'HEAD';
    if (path === '/' && isRead) {
      return Promise.resolve(documentResponse({ token: this.#token, run: this.#run }));
    }
    if (path !== CONSOLE_PATH && !path.startsWith(`${CONSOLE_PATH}/`)) return undefined;
    return (isRead ? this.#read(request) : this.#write(request)).catch((error: unknown) =>
      consoleProblem(409, errorMessage(error)),
    );
  };

  /** Takes over event types that have changed. */
  replaceEventTypes(eventTypes: readonly EventType[]): void {
    this.#options.catalogue.replace(eventTypes);
  }

  close(): void {
    this.#stream.close();
  }

  async #read({ path, query }: LocalRequest): Promise<LocalResponse> {
    const parameters = new URLSearchParams(query);
    const { letterTopics: topics } = this.#options;
    switch (path) {
      case `${CONSOLE_PATH}/service`:
        return consoleJson(200, this.#service());
      case `${CONSOLE_PATH}/stream`:
        return this.#openStream(parameters.get('search') ?? '');
      case `${CONSOLE_PATH}/event`:
        return this.#event(parameters.get('place') ?? '');
      case `${CONSOLE_PATH}/dead-letters`:
        return consoleJson(200, await listLetters({ ...this.#options, topics }));
      case `${CONSOLE_PATH}/dead-letter`:
        return consoleJson(
          200,
          await showLetter(parameters.get('at') ?? '', false, { ...this.#options, topics }),
        );
      default:
        return (await fileResponse(path, pageFiles)) ?? consoleProblem(404, 'There is nothing here');
    }
  }

  async #write({ method, path, headers, body, bodyTooLarge }: LocalRequest): Promise<LocalResponse> {
    const action = this.#actions.get(path.slice(CONSOLE_PATH.length + 1));
    if (method !== 'POST' || action === undefined) return consoleProblem(404, 'There is nothing here');
    if (!this.#isToken(headers.get(TOKEN_HEADER) ?? '')) {
      return consoleProblem(403, 'The page is of an earlier run: reload it');
    }
    if (this.#options.readOnly && action.changes) {
      return consoleProblem(
        403,
        'The console only reads on this cluster: npm start -- --console-writes lets it write',
      );
    }
    if (bodyTooLarge) return consoleProblem(413, 'The request is too large');
    const json = parseJson(contentOf(body));
    if (!json.ok || !isJsonObject(json.value)) return consoleProblem(400, 'The request is not a JSON object');
    return consoleJson(200, (await action.run(json.value)) ?? {});
  }

  #isToken(given: string): boolean {
    const bytes = Buffer.from(given);
    const wanted = Buffer.from(this.#token);
    return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
  }

  #service(): ServiceView {
    return { ...this.#options.describe(), run: this.#run, readOnly: this.#options.readOnly };
  }

  #openStream(search: string): LocalResponse {
    if (!this.#stream.hasRoom) return consoleProblem(503, 'Too many pages look at this run: close some');
    return {
      status: 200,
      headers: { ...securityHeaders, 'content-type': 'text/event-stream' },
      stream: (outgoing) => {
        outgoing.write(`event: run\ndata: ${JSON.stringify(this.#run)}\n\n`);
        this.#stream.open(outgoing, search);
      },
    };
  }

  #event(place: string): LocalResponse {
    const { recorder, catalogue } = this.#options;
    const coordinates = parseCoordinates(place);
    const found =
      coordinates && recorder.records.find(coordinates.topic, coordinates.partition, coordinates.offset);
    if (found === undefined) {
      return consoleProblem(404, `${place} is not among the last ${recorder.records.kept} events any more`);
    }
    return consoleJson(200, journeyOf(found, recorder, catalogue));
  }
}
