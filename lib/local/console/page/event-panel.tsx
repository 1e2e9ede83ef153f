import type { EventDetail, LogLine } from '../wire.ts';
import { HeaderList } from './header-list.tsx';
import { detail, detailProblem, select, selected } from './store.ts';
import { bytesWords, clock, duration, stateWords, visible } from './words.ts';

/** Characters of data that are drawn. */
const MAX_SHOWN = 20_000;

/** One event in full: its way, its data, and what the functions logged about it. */
export function EventPanel() {
  const shown = detail.value;
  return (
    <aside class="panel" aria-label={`Event ${selected.value}`}>
      <div class="head">
        <h2 class="wrap">{shown?.row.type === undefined ? selected.value : visible(shown.row.type)}</h2>
        <button type="button" class="quiet" onClick={() => select(undefined)}>
          Close
        </button>
      </div>
      {detailProblem.value !== '' && <p class="problem">{detailProblem.value}</p>}
      {shown !== undefined && <Whole shown={shown} />}
    </aside>
  );
}

function Whole({ shown }: { shown: EventDetail }) {
  const { row, steps, headers, data, bytes, lines } = shown;
  const { text, tone } = stateWords(row.state);
  const began = steps[0]?.at ?? row.at;
  return (
    <>
      <p>
        <span class={`state ${tone}`}>{text}</span>
      </p>
      {row.problem !== undefined && <p class="problem">{visible(row.problem)}</p>}
      <dl class="facts">
        <dt>Place</dt>
        <dd class="mono wrap">{row.place}</dd>
        <dt>Key</dt>
        <dd class="mono wrap">{row.key === null ? 'none' : visible(row.key)}</dd>
        <dt>Id</dt>
        <dd class="mono wrap">{visible(row.id ?? 'none')}</dd>
        <dt>Correlation</dt>
        <dd class="mono wrap">{visible(row.correlationId ?? 'none')}</dd>
      </dl>
      <h3>Way</h3>
      <ol class="way">
        {steps.map((step, index) => (
          <li key={index} class={step.tone}>
            <span class="mono muted number">
              {index === 0 ? clock(step.at) : `+${duration(step.at - began)}`}
            </span>
            <span>
              <b>{step.title}</b>
              {step.detail !== undefined && <span class="muted wrap"> {visible(step.detail)}</span>}
            </span>
          </li>
        ))}
      </ol>
      <h3>Log</h3>
      {lines.length === 0 ? (
        <p class="muted">No function has logged anything about it.</p>
      ) : (
        <Lines lines={lines} />
      )}
      <h3>Data</h3>
      <p class="muted">
        {bytesWords(bytes)} in the topic
        {data.length > MAX_SHOWN ? `, the first ${MAX_SHOWN} characters of them here` : ''}
      </p>
      <pre class="code">{visible(data.slice(0, MAX_SHOWN))}</pre>
      <HeaderList headers={headers} />
    </>
  );
}

function Lines({ lines }: { lines: readonly LogLine[] }) {
  return (
    <ol class="log" aria-label="Log lines">
      {lines.map((line, index) => {
        const { message, rest } = parts(line.text);
        return (
          <li key={index} class={line.level}>
            <span class="mono muted">{clock(line.at)}</span> <b>{line.functionName}</b> {visible(message)}
            {rest !== '' && <span class="mono muted wrap"> {visible(rest)}</span>}
          </li>
        );
      })}
    </ol>
  );
}

/** Fields of a line that the panel shows elsewhere. */
const SAID_ALREADY = new Set([
  'level',
  'timestamp',
  'topic',
  'partition',
  'offset',
  'key',
  'event',
  'correlationId',
  'traceparent',
  'requestId',
]);

/** The message of a JSON line, and the fields that say more than the panel does. */
function parts(line: string): { message: string; rest: string } {
  try {
    const { message, ...fields } = JSON.parse(line);
    if (typeof message !== 'string') return { message: line, rest: '' };
    const more = Object.entries(fields).filter(([name]) => !SAID_ALREADY.has(name));
    return { message, rest: more.length === 0 ? '' : JSON.stringify(Object.fromEntries(more)) };
  } catch {
    return { message: line, rest: '' };
  }
}
