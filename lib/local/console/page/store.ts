import { computed, signal } from '@preact/signals';
import type {
  EventDetail,
  EventRow,
  FaultsView,
  Frame,
  MappingView,
  ReplayView,
  ServiceView,
} from '../wire.ts';

/** Rows that the page keeps: more would make it slow, and nobody reads them. */
export const MAX_ROWS = 300;

const token = contentOf('console-token');
const run = contentOf('console-run');

export type Connection = 'connecting' | 'live' | 'lost';

export const connection = signal<Connection>('connecting');
export const service = signal<ServiceView | undefined>(undefined);
export const rows = signal<readonly EventRow[]>([]);
export const mappings = signal<readonly MappingView[]>([]);
export const faults = signal<FaultsView | undefined>(undefined);
export const replay = signal<ReplayView | undefined>(undefined);
export const counts = signal({ total: 0, kept: 0, perSecond: 0, omitted: 0 });
export const search = signal('');
export const isPaused = signal(false);
/** `<topic>/<partition>/<offset>` of the event that is shown in full. */
export const selected = signal<string | undefined>(undefined);
export const detail = signal<EventDetail | undefined>(undefined);
export const detailProblem = signal('');

export const readOnly = computed(() => service.value?.readOnly ?? true);

/** `#/flow` and what follows it. */
export const route = signal(routeNow());

export interface Route {
  readonly view: string;
  readonly rest: string;
}

function routeNow(): Route {
  const [, view = 'flow', rest = ''] = /^#\/([a-z-]*)\/?(.*)$/.exec(location.hash) ?? [];
  return { view: view || 'flow', rest: decoded(rest) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function contentOf(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

let source: EventSource | undefined;
let opened = '';

/** Begins to listen, and follows the address. */
export function start(): void {
  addEventListener('hashchange', () => {
    follow();
  });
  follow();
  void loadService();
  listen();
}

function follow(): void {
  route.value = routeNow();
  const { view, rest } = route.value;
  if (view === 'flow' && rest !== '') select(rest);
}

async function loadService(): Promise<void> {
  service.value = await get<ServiceView>('service');
  document.title = `${service.value.service} · console`;
}

/** Listens to what happens, for the search as it is now. */
export function listen(): void {
  source?.close();
  opened = search.value;
  rows.value = [];
  const opening = new EventSource(`/console/stream?search=${encodeURIComponent(opened)}`);
  source = opening;
  opening.addEventListener('run', (event) => {
    // Another `npm start` has another token.
    if (JSON.parse(event.data) !== run) location.reload();
  });
  opening.addEventListener('open', () => {
    rows.value = [];
    connection.value = 'live';
  });
  opening.addEventListener('error', () => {
    connection.value = 'lost';
    // A browser gives up where the answer is no stream, for example in the middle of a restart.
    if (opening.readyState === EventSource.CLOSED) setTimeout(() => source === opening && listen(), RETRY_MS);
  });
  opening.addEventListener('message', (event) => take(JSON.parse(event.data)));
}

const RETRY_MS = 1_000;
let shownCatalogue: number | undefined;

function take(frame: Frame): void {
  const { total, kept, perSecond, omitted } = frame;
  counts.value = { total, kept, perSecond, omitted: counts.value.omitted + omitted };
  if (frame.catalogue !== shownCatalogue) {
    if (shownCatalogue !== undefined) void loadService();
    shownCatalogue = frame.catalogue;
  }
  if (frame.mappings !== undefined) mappings.value = frame.mappings;
  if (frame.faults !== undefined) {
    faults.value = frame.faults;
    replay.value = frame.replay;
  }
  const changed = new Map(frame.changed.map((each) => [each.place, each]));
  if (changed.size > 0) {
    rows.value = rows.value.map((row) => {
      const change = changed.get(row.place);
      return change === undefined ? row : { ...row, ...change };
    });
  }
  if (frame.rows.length > 0 && !isPaused.value) {
    rows.value = [...frame.rows.toReversed(), ...rows.value].slice(0, MAX_ROWS);
  }
  const shown = selected.value;
  const isAffected = shown !== undefined && (changed.has(shown) || isUnderWay(detail.value));
  if (isAffected) void loadDetail(shown);
}

function isUnderWay(shown: EventDetail | undefined): boolean {
  return shown !== undefined && ['waiting', 'processing', 'retrying'].includes(shown.row.state);
}

/** Shows an event in full, or none. */
export function select(place: string | undefined): void {
  selected.value = place;
  detail.value = undefined;
  detailProblem.value = '';
  if (place !== undefined) void loadDetail(place);
}

let loading = '';

async function loadDetail(place: string): Promise<void> {
  if (loading === place) return;
  loading = place;
  try {
    const found = await get<EventDetail>(`event?place=${encodeURIComponent(place)}`);
    if (selected.value === place) detail.value = found;
  } catch (error) {
    if (selected.value === place && detail.value === undefined) detailProblem.value = messageOf(error);
  } finally {
    loading = '';
  }
}

/** Asks the server of the console. */
export async function get<T>(path: string): Promise<T> {
  return answerOf<T>(await fetch(`/console/${path}`));
}

/** Asks it to do something. */
export async function post<T>(action: string, body: object): Promise<T> {
  const response = await fetch(`/console/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-console-token': token },
    body: JSON.stringify(body),
  });
  return answerOf<T>(response);
}

async function answerOf<T>(response: Response): Promise<T> {
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message ?? `The console answered ${response.status}`);
  return answer;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
