import { signal } from '@preact/signals';
import type { DeclaredMapping, GivenUpView, InvocationView, MappingView, PartitionView } from '../wire.ts';
import { ActionButton } from './action-button.tsx';
import { LagChart } from './lag-chart.tsx';
import { mappings, post, service } from './store.ts';
import { clock, duration, offsetWords, plural, visible } from './words.ts';

/** The batch whose invocations are told, by mapping. */
const told = signal<Readonly<Record<string, number>>>({});

export function MappingsView() {
  const declared = service.value?.mappings ?? [];
  return (
    <>
      <h1>Mappings</h1>
      <p class="lead">
        What each event source mapping does with its topic: how far it has read, which batches it sends, and
        why a batch is sent again.
      </p>
      {declared.length === 0 && <p class="empty">No function has an msk or kafka event.</p>}
      {declared.map((each) => (
        <Mapping
          key={each.uuid}
          declared={each}
          state={mappings.value.find(({ uuid }) => uuid === each.uuid)}
        />
      ))}
    </>
  );
}

function Mapping({ declared, state }: { declared: DeclaredMapping; state: MappingView | undefined }) {
  const { uuid, topic, functionName, group } = declared;
  const isProblem = state?.lastResult.startsWith('PROBLEM') ?? false;
  return (
    <section class="card" aria-labelledby={`mapping-${uuid}`}>
      <div class="head">
        <h2 id={`mapping-${uuid}`} class="wrap">
          {topic} → {functionName}
        </h2>
        <span class="muted wrap">
          group <span class="mono">{group}</span>
        </span>
      </div>
      {state === undefined ? (
        <p class="muted">Waiting for its state.</p>
      ) : (
        <>
          <p class="line">
            <span class={`state ${state.state === 'Enabled' ? 'good' : 'waiting'}`}>{state.state}</span>
            <span class={`state ${isProblem ? 'bad' : 'neutral'} wrap-state`}>
              {visible(state.lastResult)}
            </span>
            <span class="muted">{plural(state.pollers, 'poller')}</span>
          </p>
          {state.problems.length > 0 && (
            <details>
              <summary>{plural(state.problems.length, 'recent problem')}</summary>
              <ul>
                {state.problems.map(({ at, text }, index) => (
                  <li key={index} class="wrap">
                    <span class="mono muted">{clock(at)}</span> {visible(text)}
                  </li>
                ))}
              </ul>
            </details>
          )}
          {state.partitions.map((partition) => (
            <Lane key={partition.partition} declared={declared} state={state} partition={partition} />
          ))}
          <Told uuid={uuid} state={state} />
          <GivenUp entries={state.givenUp} />
        </>
      )}
      <Properties declared={declared} />
    </section>
  );
}

function Lane({
  declared,
  state,
  partition,
}: {
  declared: DeclaredMapping;
  state: MappingView;
  partition: PartitionView;
}) {
  const { partition: number, end, consumed, committed, lag, history } = partition;
  const name = `Partition ${number}`;
  return (
    <section class="lane" aria-label={`${name} of ${declared.topic}`}>
      <div class="lane-head">
        <b>{name}</b>
        <dl class="offsets">
          <dt>end</dt>
          <dd class="mono number">{end}</dd>
          <dt>consumed</dt>
          <dd class="mono number">{consumed}</dd>
          <dt>committed</dt>
          <dd class="mono number">{committed ?? 'nothing'}</dd>
          <dt>lag</dt>
          <dd class={lag > 0 ? 'mono number behind' : 'mono number'}>{lag}</dd>
        </dl>
        <LagChart
          history={history}
          label={`Lag of partition ${number}: ${lag} now, ${Math.max(0, ...history)} at most in the last ${history.length} s`}
        />
        {lag > 0 && (
          <ActionButton
            title="Skip the first open record"
            run={() => post('skip', { mapping: declared.uuid, partition: number })}
          />
        )}
      </div>
      <Batches uuid={declared.uuid} invocations={state.invocations} partition={number} />
    </section>
  );
}

/** The invocations of a partition, those of one batch side by side in a frame. */
function Batches({
  uuid,
  invocations,
  partition,
}: {
  uuid: string;
  invocations: readonly InvocationView[];
  partition: number;
}) {
  const own = invocations.filter(({ offsets }) => offsets.some((each) => each.partition === partition));
  if (own.length === 0) return <p class="muted small">No batch yet.</p>;
  return (
    <ol class="batches">
      {grouped(own).map(({ batch, invocations: ofBatch }) => (
        <li key={batch}>
          <button
            type="button"
            class="batch"
            aria-pressed={told.value[uuid] === batch}
            onClick={() => {
              told.value = { ...told.value, [uuid]: batch };
            }}
          >
            <span class="hidden">{`Batch ${batch}, ${plural(ofBatch[0]?.records ?? 0, 'record')}, ${plural(ofBatch.length, 'invocation')}: ${outcomeWords(ofBatch.at(-1)?.outcome)}`}</span>
            {ofBatch.slice(-MAX_BLOCKS).map((each) => (
              <span
                key={`${each.invocation}${each.duplicated}`}
                class={`block ${each.outcome ?? 'running'}`}
                aria-hidden="true"
              >
                {each.records}
              </span>
            ))}
          </button>
        </li>
      ))}
    </ol>
  );
}

const MAX_BLOCKS = 12;

function grouped(invocations: readonly InvocationView[]): { batch: number; invocations: InvocationView[] }[] {
  const byBatch = new Map<number, InvocationView[]>();
  for (const each of invocations) byBatch.set(each.batch, [...(byBatch.get(each.batch) ?? []), each]);
  return [...byBatch].map(([batch, ofBatch]) => ({ batch, invocations: ofBatch }));
}

function outcomeWords(outcome: InvocationView['outcome']): string {
  if (outcome === undefined) return 'running';
  return { success: 'processed', partial: 'processed in part', failure: 'failed', uncounted: 'throttled' }[
    outcome
  ];
}

/** Why one batch became so many invocations. */
function Told({ uuid, state }: { uuid: string; state: MappingView }) {
  const batch = told.value[uuid];
  const invocations = state.invocations.filter((each) => each.batch === batch);
  const [first] = invocations;
  if (first === undefined) return null;
  return (
    <section class="told" aria-label={`Batch ${batch}`}>
      <h3>
        Batch {batch}: {plural(first.records, 'record')} in {plural(invocations.length, 'invocation')}
      </h3>
      <ol class="way">
        {invocations.map((each) => (
          <li key={`${each.invocation}${each.duplicated}`} class={toneOf(each)}>
            <span class="mono muted number">{clock(each.at)}</span>
            <span class="wrap">
              <b>
                {each.duplicated
                  ? 'Delivered once more on purpose'
                  : `Attempt ${each.attempt} with ${plural(each.records, 'record')}`}
              </b>{' '}
              <span class="muted">{offsetWords(each.offsets)}</span>
              <br />
              {ending(each)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function toneOf({ outcome }: InvocationView): string {
  if (outcome === undefined) return 'waiting';
  return outcome === 'success' ? 'good' : 'bad';
}

function ending({
  outcome,
  durationMs = 0,
  reason = '',
  retry = [],
  pauseMs,
  duplicated,
}: InvocationView): string {
  if (outcome === undefined) return 'Running';
  if (duplicated) return '';
  const took = `${outcomeWords(outcome)} in ${duration(durationMs)}`;
  if (outcome === 'success') return capital(took);
  const next =
    retry.length > 1
      ? `split in two, of ${retry.join(' and ')} records`
      : retry.length === 1
        ? `${plural(retry[0] ?? 0, 'record')} sent again`
        : 'given up';
  const wait = pauseMs === undefined || retry.length === 0 ? '' : ` after ${duration(pauseMs)}`;
  return capital(`${took}: ${visible(reason)}; ${next}${wait}`);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function GivenUp({ entries }: { entries: readonly GivenUpView[] }) {
  if (entries.length === 0) return null;
  const verbs = { filtered: 'filtered out', discarded: 'given up', skipped: 'skipped by hand' };
  return (
    <details>
      <summary>Records that were not sent, or not sent again</summary>
      <ul class="spaced">
        {entries.toReversed().map((each, index) => (
          <li key={index} class="wrap">
            <span class="mono muted">{clock(each.at)}</span> {plural(each.records, 'record')}{' '}
            {verbs[each.what]}
            {each.condition !== undefined && ` (${each.condition})`}
            {each.what === 'discarded' &&
              (each.destination === 'onFailure' ? ', sent to the on-failure destination' : ', dropped')}{' '}
            <span class="muted">{offsetWords(each.offsets)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Properties({ declared }: { declared: DeclaredMapping }) {
  return (
    <details>
      <summary>Declared properties, and what AWS does otherwise</summary>
      <dl class="properties">
        {declared.properties.map(({ name, value, does, aws }) => (
          <div key={name}>
            <dt>
              <span class="mono wrap">{name}</span> <b class="wrap">{value}</b>
            </dt>
            <dd>
              {does}
              {aws !== undefined && <span class="muted"> {aws}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
