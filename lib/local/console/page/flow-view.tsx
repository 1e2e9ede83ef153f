import { useRef } from 'preact/hooks';
import type { EventRow } from '../wire.ts';
import { EventPanel } from './event-panel.tsx';
import {
  connection,
  counts,
  isPaused,
  listen,
  MAX_ROWS,
  rows,
  search,
  select,
  selected,
  service,
} from './store.ts';
import { clock, plural, stateWords, visible } from './words.ts';

const SEARCH_PAUSE_MS = 250;
let searching: ReturnType<typeof setTimeout> | undefined;

function look(text: string): void {
  search.value = text;
  clearTimeout(searching);
  searching = setTimeout(() => {
    counts.value = { ...counts.value, omitted: 0 };
    listen();
  }, SEARCH_PAUSE_MS);
}

export function FlowView() {
  return (
    <div class={selected.value === undefined ? 'flow' : 'flow with-panel'}>
      <section class="list" aria-labelledby="flow-title">
        <div class="head">
          <h1 id="flow-title">Flow</h1>
          <p class="muted">
            <Counts />
          </p>
        </div>
        <div class="tools">
          <label class="grow">
            <span class="hidden">Search by type, key, partition, id or correlation</span>
            <input
              type="search"
              value={search.value}
              placeholder="Search, for example type:order.placed partition:2"
              onInput={(event) => look(event.currentTarget.value)}
            />
          </label>
          <button
            type="button"
            aria-pressed={isPaused.value}
            onClick={() => {
              isPaused.value = !isPaused.value;
              if (!isPaused.value) listen();
            }}
          >
            {isPaused.value ? 'Go on' : 'Pause'}
          </button>
        </div>
        <Rows />
      </section>
      {selected.value !== undefined && <EventPanel />}
    </div>
  );
}

function Counts() {
  const { total, kept, omitted } = counts.value;
  const most = service.value?.keptEvents ?? 0;
  return (
    <>
      {total > kept
        ? `The last ${plural(kept, 'event')} of ${total.toLocaleString('en')} can be searched (at most ${most.toLocaleString('en')} are kept).`
        : `${plural(total, 'event')} since the start; the last ${most.toLocaleString('en')} are kept.`}{' '}
      {omitted > 0 && (
        <b class="sampled">Sampled: {omitted.toLocaleString('en')} came too fast to be listed.</b>
      )}
    </>
  );
}

function Rows() {
  const list = useRef<HTMLOListElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...(list.current?.querySelectorAll<HTMLButtonElement>('button') ?? [])];
    // biome-ignore lint/complexity/useIndexOf: the focus may be on what is no button
    const at = buttons.findIndex((button) => button === document.activeElement);
    const next = buttons[at + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  if (rows.value.length === 0) {
    return (
      <p class="empty">
        {connection.value !== 'live'
          ? 'Waiting for npm start.'
          : search.value === ''
            ? 'No event yet. Publish one, or send one with any Kafka client: it shows up here.'
            : 'Nothing matches. Words are looked for in all fields; type:, key:, partition:, id:, correlation:, topic: and state: narrow it down.'}
      </p>
    );
  }
  return (
    <>
      <ol class="rows" ref={list} onKeyDown={move} aria-label="Events, the newest first">
        {rows.value.map((row) => (
          <Row key={row.place} row={row} />
        ))}
      </ol>
      {rows.value.length >= MAX_ROWS && <p class="muted">The newest {MAX_ROWS} are listed.</p>}
    </>
  );
}

function Row({ row }: { row: EventRow }) {
  const { text, tone } = stateWords(row.state);
  return (
    <li>
      <button
        type="button"
        class="row"
        aria-current={selected.value === row.place ? 'true' : undefined}
        onClick={() => select(row.place)}
      >
        <time class="mono muted">{clock(row.at)}</time>
        <span class="type">{row.type === undefined ? 'no event' : visible(row.type)}</span>
        <span class="mono preview">{visible(row.problem ?? row.preview)}</span>
        <span class="mono muted place">{row.place}</span>
        <span class={`state ${tone}`}>
          {text}
          {row.attempts > 1 && ` · ${row.attempts} attempts`}
        </span>
      </button>
    </li>
  );
}
