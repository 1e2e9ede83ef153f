import type { ServerResponse } from 'node:http';
import type { MappingStatus } from '../mapping/mapping-status.ts';
import type { ConsoleCatalogue } from './console-catalogue.ts';
import { matches, rowOf } from './event-rows.ts';
import type { Invocation } from './mapping-trace.ts';
import type { Recorder } from './recorder.ts';
import type { ChangedRow, EventRow, FaultsView, Frame, MappingView, ReplayView } from './wire.ts';

/** Between two frames: fast enough to look live, slow enough for a page to draw each. */
const FRAME_MS = 250;
/** Between two looks at the offsets of the mappings, which ask the cluster. */
const SAMPLE_MS = 1_000;
/** Samples of the lag that are kept: two minutes. */
const KEPT_SAMPLES = 120;
/** New rows in one frame; what is beyond that is counted. */
const MAX_ROWS = 40;
/** Rows that a page gets at first. */
const FIRST_ROWS = 200;
/** Records that one frame of a search looks at. */
const MAX_SEARCHED = 2_000;
/** Rows whose state is followed, as many as a page shows. */
const FOLLOWED_ROWS = 300;
const SHOWN_INVOCATIONS = 60;
const SHOWN_GIVEN_UP = 30;
const SHOWN_PROBLEMS = 5;
/** Pages that may look at the same time. */
const MAX_CLIENTS = 16;

/** A mapping whose state can be asked for. */
export interface StatedMapping {
  readonly uuid: string;
  readonly status: () => Promise<MappingStatus>;
}

export interface ConsoleStreamOptions {
  readonly recorder: Recorder;
  readonly catalogue: ConsoleCatalogue;
  readonly mappings: () => readonly StatedMapping[];
  readonly faults: () => FaultsView;
  readonly replay: () => ReplayView | undefined;
}

interface Client {
  readonly outgoing: ServerResponse;
  readonly search: string;
  /** Records that had been seen by the last frame. */
  seen: number;
  /** Rows of which it knows the state. */
  readonly followed: Map<string, EventRow>;
  isFirst: boolean;
  sampled: number;
  lastOther: string;
}

/**
 * Sends what happens to the pages that look, as server-sent events. A page that does not read is passed over until it
 * does; what it has missed by then is counted, not kept.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html HTML Living Standard, "Server-sent events"}
 */
export class ConsoleStream {
  readonly #options: ConsoleStreamOptions;
  readonly #clients = new Set<Client>();
  readonly #history = new Map<string, number[]>();
  #timer: NodeJS.Timeout | undefined;
  #mappings: readonly MappingView[] = [];
  #samples = 0;
  #lastSample = 0;
  #isSampling = false;
  #rate = { at: Date.now(), total: 0, perSecond: 0 };

  constructor(options: ConsoleStreamOptions) {
    this.#options = options;
  }

  /** Whether another page may look. */
  get hasRoom(): boolean {
    return this.#clients.size < MAX_CLIENTS;
  }

  /** Begins to send to a page. */
  open(outgoing: ServerResponse, search: string): void {
    const client: Client = {
      outgoing,
      search,
      seen: 0,
      followed: new Map(),
      isFirst: true,
      sampled: -1,
      lastOther: '',
    };
    this.#clients.add(client);
    outgoing.on('close', () => {
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.close();
    });
    this.#timer ??= setInterval(() => this.#tick(), FRAME_MS).unref();
    this.#tick();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = Date.now();
    this.#measure(now);
    if (now - this.#lastSample >= SAMPLE_MS) void this.#sample(now);
    for (const client of this.#clients) {
      if (client.outgoing.writableNeedDrain || client.outgoing.destroyed) continue;
      const frame = this.#frame(client, now);
      client.outgoing.write(`data: ${JSON.stringify(frame)}\n\n`);
      client.isFirst = false;
    }
  }

  #measure(now: number): void {
    const { total } = this.#options.recorder.records;
    const elapsed = now - this.#rate.at;
    if (elapsed < SAMPLE_MS) return;
    const perSecond = Math.round(((total - this.#rate.total) * 1_000) / elapsed);
    this.#rate = { at: now, total, perSecond };
  }

  async #sample(now: number): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    this.#lastSample = now;
    try {
      this.#mappings = await Promise.all(this.#options.mappings().map((mapping) => this.#view(mapping)));
      this.#samples++;
    } finally {
      this.#isSampling = false;
    }
  }

  async #view(mapping: StatedMapping): Promise<MappingView> {
    const status = await mapping.status();
    const trace = this.#options.recorder.trace(mapping.uuid);
    return {
      uuid: mapping.uuid,
      state: status.State,
      lastResult: status.LastProcessingResult,
      pollers: status.Pollers,
      partitions: status.Partitions.toSorted((a, b) => a.partition - b.partition).map((each) => ({
        partition: each.partition,
        end: each.endOffset,
        consumed: each.consumedOffset + 1,
        committed: each.committedOffset,
        lag: each.lag,
        history: this.#lagHistory(`${mapping.uuid}/${each.partition}`, each.lag),
      })),
      invocations: trace.invocations(SHOWN_INVOCATIONS).map(viewOf),
      givenUp: trace.givenUp.last(SHOWN_GIVEN_UP),
      problems: trace.problems.last(SHOWN_PROBLEMS),
      metrics: Object.fromEntries(
        Object.entries(status.Metrics).flatMap(([name, value]) =>
          typeof value === 'number' ? [[name, value]] : [],
        ),
      ),
    };
  }

  #lagHistory(partition: string, lag: number): readonly number[] {
    const history = [...(this.#history.get(partition) ?? []), lag].slice(-KEPT_SAMPLES);
    this.#history.set(partition, history);
    return history;
  }

  #frame(client: Client, now: number): Frame {
    const { recorder, catalogue, faults, replay } = this.#options;
    const { rows, omitted } = this.#newRows(client);
    const changed = this.#changedRows(client);
    for (const row of rows) follow(client, row);
    client.seen = recorder.records.total;
    const hasNewSample = client.sampled !== this.#samples;
    client.sampled = this.#samples;
    const other = { faults: faults(), replay: replay() };
    const text = JSON.stringify(other);
    const isOtherNew = text !== client.lastOther;
    client.lastOther = text;
    return {
      at: now,
      total: recorder.records.total,
      kept: recorder.records.kept,
      perSecond: this.#rate.perSecond,
      omitted,
      catalogue: catalogue.version,
      rows,
      changed,
      ...(hasNewSample && { mappings: this.#mappings }),
      ...(isOtherNew && other),
    };
  }

  /** Oldest first. */
  #newRows({ isFirst, seen, search }: Client): { rows: EventRow[]; omitted: number } {
    const { recorder, catalogue } = this.#options;
    const arrived = isFirst ? recorder.records.kept : recorder.records.total - seen;
    if (arrived === 0) return { rows: [], omitted: 0 };
    const most = isFirst ? FIRST_ROWS : MAX_ROWS;
    const looked = search === '' ? most : isFirst ? recorder.records.kept : MAX_SEARCHED;
    const rows: EventRow[] = [];
    let count = 0;
    for (const recent of recorder.records.newestFirst()) {
      if (count === arrived || count === looked || rows.length === most) break;
      count++;
      const row = rowOf(recent, recorder, catalogue);
      if (search === '' || matches(row, search)) rows.push(row);
    }
    return { rows: rows.reverse(), omitted: isFirst ? 0 : arrived - count };
  }

  #changedRows({ followed }: Client): ChangedRow[] {
    const changed: ChangedRow[] = [];
    for (const [place, row] of followed) {
      const { topic, partition, offset } = row;
      const { state, attempts } = this.#options.recorder.stateOf(topic, { partition, offset });
      if (state === row.state && attempts === row.attempts) continue;
      changed.push({ place, state, attempts });
      followed.set(place, { ...row, state, attempts });
    }
    return changed;
  }
}

function follow({ followed }: Client, row: EventRow): void {
  followed.delete(row.place);
  followed.set(row.place, row);
  const [oldest] = followed.keys();
  if (followed.size > FOLLOWED_ROWS && oldest !== undefined) followed.delete(oldest);
}

function viewOf({ again: _again, ...view }: Invocation) {
  return view;
}
