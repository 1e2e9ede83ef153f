import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Bytes, LetterDetail, LettersView, LetterView } from '../wire.ts';
import { ActionButton } from './action-button.tsx';
import { HeaderList } from './header-list.tsx';
import { get, messageOf, post, readOnly, replay } from './store.ts';
import { bytesWords, plural, visible } from './words.ts';

const letters = signal<LettersView | undefined>(undefined);
const problem = signal('');
const chosen = signal<ReadonlySet<string>>(new Set());
const shown = signal<LetterDetail | undefined>(undefined);
const edited = signal<string | undefined>(undefined);
let replaysSeen = '';

async function load(): Promise<void> {
  try {
    letters.value = await get<LettersView>('dead-letters');
    problem.value = '';
  } catch (error) {
    problem.value = messageOf(error);
  }
}

async function show(at: string): Promise<void> {
  edited.value = undefined;
  try {
    shown.value = await get<LetterDetail>(`dead-letter?at=${encodeURIComponent(at)}`);
    problem.value = '';
  } catch (error) {
    problem.value = messageOf(error);
  }
}

function choose(at: string, isChosen: boolean): void {
  const next = new Set(chosen.value);
  if (isChosen) next.add(at);
  else next.delete(at);
  chosen.value = next;
}

async function replayThese(coordinates: readonly string[]): Promise<void> {
  const byTopic = new Map<string, string[]>();
  for (const at of coordinates) {
    const topic = at.split('/')[0] ?? '';
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), at]);
  }
  const [first] = byTopic;
  if (byTopic.size !== 1 || first === undefined) throw new Error('Choose dead letters of one topic');
  await post('replay', { topic: first[0], coordinates: first[1] });
  chosen.value = new Set();
}

export function DeadLettersView() {
  const underWay = replay.value;
  useEffect(() => {
    void load();
  }, []);
  const state = `${underWay?.id} ${underWay?.running}`;
  useEffect(() => {
    // What a replay has done is in the topics now.
    if (replaysSeen !== state && underWay?.running === false) void load();
    replaysSeen = state;
  }, [state, underWay]);
  const view = letters.value;
  return (
    <>
      <div class="head">
        <h1>Dead letters</h1>
        <button type="button" onClick={() => void load()}>
          Read again
        </button>
      </div>
      <p class="lead">
        Records that a function has rejected, and records that a mapping has given up. A replay sends them
        back to where they came from, byte for byte or edited.
      </p>
      {problem.value !== '' && <p class="problem">{problem.value}</p>}
      <Replay />
      {view === undefined ? <p class="muted">Reading the topics.</p> : <Letters view={view} />}
    </>
  );
}

function Replay() {
  const last = replay.value;
  if (last === undefined) return null;
  const { topic, asked, lines, problems, note, running } = last;
  return (
    <section class="card" aria-label="Replay">
      <div class="head">
        <h2>Replay of {topic}</h2>
        <span class={`state ${running ? 'waiting' : problems.length > 0 ? 'bad' : 'good'}`} role="status">
          {running ? 'running' : problems.length > 0 ? 'ended with problems' : 'ended'}
        </span>
      </div>
      <progress value={lines.length} max={asked ?? Math.max(1, lines.length)} aria-label="Replayed" />
      {note !== '' && <p>{note}</p>}
      <ul class="mono">
        {lines.slice(-8).map((line) => (
          <li key={line} class="wrap">
            {line}
          </li>
        ))}
      </ul>
      {problems.slice(-5).map((line) => (
        <p key={line} class="problem">
          {visible(line)}
        </p>
      ))}
    </section>
  );
}

function Letters({ view }: { view: LettersView }) {
  return (
    <>
      <ul class="topics">
        {view.topics.map(({ name, kind, total, open, problem: why }) => (
          <li key={name} class="card">
            <b class="wrap">{name}</b>
            <p class="muted">{kind === 'failed' ? 'given up by a mapping' : 'rejected by a function'}</p>
            {why !== undefined ? (
              <p class="problem">{why}</p>
            ) : (
              <p>
                <b class="number">{open}</b> open of <span class="number">{total}</span>
              </p>
            )}
            {open > 0 && (
              <ActionButton
                title="Replay all that are open"
                question={`Send ${plural(open, 'record')} back?`}
                run={() => post('replay', { topic: name, coordinates: [] })}
                done="Begun"
              />
            )}
          </li>
        ))}
      </ul>
      {view.letters.length === 0 ? (
        <p class="empty">No dead letters. “Try a fault” can send a poisoned record.</p>
      ) : (
        <div class={shown.value === undefined ? 'flow' : 'flow with-panel'}>
          <section class="list" aria-label="Dead letters">
            <div class="tools">
              <ActionButton
                title={`Replay the chosen ${chosen.value.size || ''}`}
                run={() => replayThese([...chosen.value])}
                done="Begun"
              />
              <span class="muted">The newest {view.listed} of each topic are listed.</span>
            </div>
            <ul class="rows">
              {view.letters.map((letter) => (
                <Letter key={letter.coordinates} letter={letter} />
              ))}
            </ul>
          </section>
          {shown.value !== undefined && <LetterPanel letter={shown.value} />}
        </div>
      )}
    </>
  );
}

function Letter({ letter }: { letter: LetterView }) {
  const { coordinates, time, reason, message, type, replayed } = letter;
  return (
    <li class="letter">
      <input
        type="checkbox"
        aria-label={`Choose ${coordinates}`}
        checked={chosen.value.has(coordinates)}
        onChange={(event) => choose(coordinates, event.currentTarget.checked)}
      />
      <button
        type="button"
        class="row"
        aria-current={shown.value?.coordinates === coordinates ? 'true' : undefined}
        onClick={() => void show(coordinates)}
      >
        <time class="mono muted">{time?.slice(11, 23) ?? ''}</time>
        <span class="type">{visible(type ?? 'unknown type')}</span>
        <span class="preview">
          {reason} <span class="muted">{visible(message ?? '')}</span>
        </span>
        <span class="mono muted place">{coordinates}</span>
        <span class={`state ${replayed ? 'good' : 'bad'}`}>{replayed ? 'replayed' : 'open'}</span>
      </button>
    </li>
  );
}

function LetterPanel({ letter }: { letter: LetterDetail }) {
  const { coordinates, original, reason, message, functionName, hidden, unrestorable, headers } = letter;
  const reveal = async (): Promise<void> => {
    shown.value = await post<LetterDetail>('reveal', { at: coordinates });
  };
  return (
    <aside class="panel" aria-label={`Dead letter ${coordinates}`}>
      <div class="head">
        <h2 class="wrap">{coordinates}</h2>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            shown.value = undefined;
          }}
        >
          Close
        </button>
      </div>
      <p class="problem">
        <b>{reason ?? 'Unknown reason'}</b> {visible(message ?? letter.problem ?? '')}
      </p>
      <dl class="facts">
        <dt>Came from</dt>
        <dd class="mono wrap">{original ?? 'an unknown topic'}</dd>
        <dt>Function</dt>
        <dd class="wrap">{functionName ?? 'unknown'}</dd>
        <dt>Key</dt>
        <dd class="mono wrap">{bytesText(letter.key)}</dd>
      </dl>
      {letter.decoded !== undefined && (
        <>
          <h3>Decoded</h3>
          <pre class="code">{visible(letter.decoded)}</pre>
        </>
      )}
      <h3>Original bytes</h3>
      {hidden ? (
        <>
          <p class="muted">
            {bytesWords(letter.value?.length ?? 0)}. The event type marks data as sensitive, so they are not
            shown.
          </p>
          <button type="button" onClick={() => void reveal()}>
            Show them all the same
          </button>
        </>
      ) : (
        <Editor letter={letter} />
      )}
      {unrestorable === undefined ? (
        <p class="tools top">
          <ActionButton title="Replay as it was" run={() => replayThese([coordinates])} done="Begun" />
        </p>
      ) : (
        <p class="problem">It cannot be replayed: {unrestorable}</p>
      )}
      <HeaderList headers={headers} />
    </aside>
  );
}

function Editor({ letter }: { letter: LetterDetail }) {
  const { value, coordinates, unrestorable } = letter;
  if (value === null) return <p class="muted">None: it is a tombstone.</p>;
  const isText = value.text !== undefined;
  const text = edited.value ?? value.text ?? value.base64 ?? '';
  const send = (): Promise<unknown> =>
    post('replay', {
      topic: coordinates.split('/')[0],
      coordinates: [coordinates],
      ...(isText ? { value: text } : { base64: text }),
    });
  return (
    <>
      <p class="muted">
        {bytesWords(value.length)}
        {isText ? ' of text' : ', shown as base64: they are no printable text'}
      </p>
      <textarea
        aria-label="Value of the record"
        rows={8}
        spellcheck={false}
        value={text}
        readOnly={readOnly.value || unrestorable !== undefined}
        onInput={(event) => {
          edited.value = event.currentTarget.value;
        }}
      />
      {edited.value !== undefined && (
        <p class="tools top">
          <ActionButton title="Replay as edited" isMain run={send} done="Begun" />
          <button
            type="button"
            class="quiet plain"
            onClick={() => {
              edited.value = undefined;
            }}
          >
            Undo
          </button>
        </p>
      )}
    </>
  );
}

function bytesText(bytes: Bytes | null): string {
  if (bytes === null) return 'none';
  return bytes.text ?? bytes.base64 ?? `${bytesWords(bytes.length)}, not shown`;
}
