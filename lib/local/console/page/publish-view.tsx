import { signal } from '@preact/signals';
import type { EventTypeView } from '../wire.ts';
import { JsonForm } from './json-form.tsx';
import { messageOf, post, readOnly, route, service } from './store.ts';
import { visible } from './words.ts';

interface Draft {
  readonly type: string;
  readonly data: unknown;
  /** As it is being edited; may be no JSON. */
  readonly text: string;
}

const draft = signal<Draft | undefined>(undefined);
const report = signal<{ status: number; body: string } | undefined>(undefined);
const problem = signal('');
const isCopied = signal(false);

function begin({ type, example }: EventTypeView): void {
  draft.value = draftOf(type, example);
  report.value = undefined;
  problem.value = '';
}

function draftOf(type: string, data: unknown): Draft {
  return { type, data, text: JSON.stringify({ type, data }, null, 2) };
}

/** Takes over what was written by hand, as far as it is an event. */
function write(text: string): void {
  const before = draft.value;
  if (before === undefined) return;
  let { type, data } = before;
  try {
    const event = JSON.parse(text);
    if (typeof event?.type === 'string') ({ type, data } = event);
  } catch {
    // It is being written.
  }
  draft.value = { type, data, text };
}

async function publish(text: string): Promise<void> {
  problem.value = '';
  report.value = undefined;
  try {
    report.value = await post('publish', { body: text });
  } catch (error) {
    problem.value = messageOf(error);
  }
}

export function PublishView() {
  const types = service.value?.eventTypes ?? [];
  const wanted = types.find(({ type }) => type === route.value.rest) ?? types[0];
  if (wanted !== undefined && draft.value === undefined) begin(wanted);
  const current = draft.value;
  const shown = types.find(({ type }) => type === current?.type);
  return (
    <>
      <h1>Publish</h1>
      <p class="lead">
        Any event of the catalogue, sent as a client sends it. The form and the JSON beside it are the same
        event.
      </p>
      {types.length === 0 && <p class="empty">The catalogue has no event types.</p>}
      {current !== undefined && (
        <div class="publish">
          <form
            class="card"
            onSubmit={(event) => {
              event.preventDefault();
              void publish(current.text);
            }}
          >
            <label for="event-type">
              <span>Event type</span>
              <select
                id="event-type"
                value={shown?.type ?? ''}
                onChange={(event) => {
                  const next = types.find(({ type }) => type === event.currentTarget.value);
                  if (next !== undefined) begin(next);
                }}
              >
                {types.map(({ type, topic }) => (
                  <option key={type} value={type}>
                    {type} (topic {topic})
                  </option>
                ))}
              </select>
            </label>
            {shown === undefined ? (
              <p class="problem">There is no event type {visible(current.type)}.</p>
            ) : (
              <JsonForm
                schema={shown.revisions.at(-1)}
                value={current.data}
                change={(data) => {
                  draft.value = draftOf(current.type, data);
                }}
              />
            )}
            <p class="tools top">
              <button type="submit" class="main" disabled={readOnly.value}>
                Publish
              </button>
              {shown !== undefined && (
                <button type="button" class="quiet plain" onClick={() => begin(shown)}>
                  Example again
                </button>
              )}
            </p>
          </form>
          <div>
            <section class="card" aria-label="Raw JSON">
              <label for="raw-json">
                <span>Raw JSON</span>
                <textarea
                  id="raw-json"
                  rows={18}
                  spellcheck={false}
                  value={current.text}
                  onInput={(event) => write(event.currentTarget.value)}
                />
              </label>
              <h2>The same with curl</h2>
              <pre class="code">{curlLine(current.text)}</pre>
              <button
                type="button"
                class="quiet plain"
                onClick={() =>
                  void navigator.clipboard.writeText(curlLine(current.text)).then(() => {
                    isCopied.value = true;
                  })
                }
              >
                {isCopied.value ? 'Copied' : 'Copy'}
              </button>
            </section>
            <div aria-live="polite">
              {problem.value !== '' && <p class="problem">{problem.value}</p>}
              {report.value !== undefined && <Report {...report.value} />}
            </div>
          </div>
        </div>
      )}
    </>
  );
}

function curlLine(text: string): string {
  const { httpApi = '', publishRoute = 'POST /events' } = service.value ?? {};
  const path = publishRoute.split(' ')[1] ?? '';
  return `curl -si ${httpApi}${path} -H 'content-type: application/json' -d '${compact(text).replaceAll("'", "'\\''")}'`;
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

interface Delivery {
  readonly id?: string;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
}

function Report({ status, body }: { status: number; body: string }) {
  const isDelivered = status === 202;
  return (
    <section class="card" aria-label="Delivery report">
      <h2>Delivery report</h2>
      <p class={isDelivered ? 'said' : 'problem'}>
        {isDelivered ? 'Delivered' : 'Not delivered'}, the API answered {status}
      </p>
      {deliveriesIn(body).map(({ id, topic, partition, offset }) => (
        <p key={id} class="wrap">
          <a href={`#/flow/${encodeURIComponent(`${topic}/${partition}/${offset}`)}`}>
            Follow {topic}/{partition}/{offset} in the flow
          </a>
        </p>
      ))}
      <pre class="code">{visible(pretty(body))}</pre>
    </section>
  );
}

function deliveriesIn(body: string): readonly Delivery[] {
  try {
    const { deliveries } = JSON.parse(body);
    return Array.isArray(deliveries) ? deliveries.filter((each) => each?.offset !== undefined) : [];
  } catch {
    return [];
  }
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
