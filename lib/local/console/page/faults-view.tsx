import { signal } from '@preact/signals';
import type { FunctionFaultKind } from '../wire.ts';
import { ActionButton } from './action-button.tsx';
import { faults, mappings, post, service } from './store.ts';
import { plural } from './words.ts';

const functionName = signal('');
const kind = signal<FunctionFaultKind>('fail');
const times = signal(3);
const delayMs = signal(2_000);
const brokerSeconds = signal(10);
const poisonType = signal('');
const poisoned = signal('');

export function FaultsView() {
  const shown = service.value;
  if (shown === undefined) return <p class="muted">Loading.</p>;
  return (
    <>
      <h1>Try a fault</h1>
      <p class="lead">Break something on purpose, and watch in Flow and Mappings how it heals.</p>
      <Active />
      <div class="faults">
        <FunctionFault names={shown.functions} />
        <Poison types={shown.eventTypes.map(({ type }) => type)} />
        {shown.embedded && <BrokerFault />}
        {shown.mappings.map((mapping) => (
          <MappingActions
            key={mapping.uuid}
            uuid={mapping.uuid}
            name={`${mapping.topic} → ${mapping.functionName}`}
          />
        ))}
      </div>
    </>
  );
}

function Active() {
  const view = faults.value;
  const isDown = view !== undefined && view.brokerDownUntil !== null;
  const ahead = Object.values(view?.duplicates ?? {}).some((batches) => batches > 0);
  if (view === undefined || (view.functions.length === 0 && !isDown && !ahead)) {
    return (
      <p class="said" role="status">
        Nothing is broken on purpose.
      </p>
    );
  }
  return (
    <ul class="active" role="status">
      {view.functions.map((fault) => (
        <li key={fault.functionName} class="note">
          <span>
            <b>{fault.functionName}</b>{' '}
            {fault.kind === 'delay'
              ? `is ${fault.delayMs} ms late`
              : fault.kind === 'crash'
                ? 'crashes'
                : 'fails'}{' '}
            {fault.times === null ? 'until you heal it' : `for ${plural(fault.times, 'more invocation')}`}
          </span>
          <ActionButton
            title={`Heal ${fault.functionName}`}
            run={() => post('function-fault', { functionName: fault.functionName })}
          />
        </li>
      ))}
      {isDown && (
        <li class="note">
          <span>The broker refuses connections</span>
          <ActionButton title="Heal the broker" run={() => post('broker-fault', { seconds: 0 })} />
        </li>
      )}
      {ahead && <li class="note">The next batches that succeed are delivered twice</li>}
    </ul>
  );
}

function FunctionFault({ names }: { names: readonly string[] }) {
  const name = functionName.value || names.find((each) => each === 'consume') || names[0] || '';
  return (
    <section class="card" aria-labelledby="fault-function">
      <h2 id="fault-function">A function</h2>
      <p class="muted">Its next invocations fail, come late, or end with its process.</p>
      <label for="fault-name">
        <span>Function</span>
        <select
          id="fault-name"
          value={name}
          onChange={(event) => {
            functionName.value = event.currentTarget.value;
          }}
        >
          {names.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <fieldset class="choices">
        <legend>What happens</legend>
        {(['fail', 'delay', 'crash'] as const).map((each) => (
          <label key={each} class="check">
            <input
              type="radio"
              name="fault-kind"
              checked={kind.value === each}
              onChange={() => {
                kind.value = each;
              }}
            />
            <span>{{ fail: 'it throws', delay: 'it is late', crash: 'it crashes' }[each]}</span>
          </label>
        ))}
      </fieldset>
      {kind.value === 'delay' && <Numeric id="fault-delay" label="Milliseconds" value={delayMs} />}
      <Numeric id="fault-times" label="Invocations" value={times} />
      <p class="tools top">
        <ActionButton
          title="Break it"
          isMain
          run={() =>
            post('function-fault', {
              functionName: name,
              kind: kind.value,
              times: times.value,
              delayMs: delayMs.value,
            })
          }
        />
        <ActionButton
          title="Until I heal it"
          run={() =>
            post('function-fault', {
              functionName: name,
              kind: kind.value,
              times: null,
              delayMs: delayMs.value,
            })
          }
        />
      </p>
    </section>
  );
}

function Poison({ types }: { types: readonly string[] }) {
  const type = poisonType.value || types[0] || '';
  return (
    <section class="card" aria-labelledby="fault-poison">
      <h2 id="fault-poison">A poisoned record</h2>
      <p class="muted">
        A record of an event type with broken JSON: the function rejects it into the dead letter topic.
      </p>
      <label for="poison-type">
        <span>Event type</span>
        <select
          id="poison-type"
          value={type}
          onChange={(event) => {
            poisonType.value = event.currentTarget.value;
          }}
        >
          {types.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <p class="tools top">
        <ActionButton
          title="Send a poisoned record"
          isMain
          run={async () => {
            const { place } = await post<{ place: string }>('poison', { type });
            poisoned.value = place;
          }}
          done="Sent"
        />
        {poisoned.value !== '' && (
          <a href={`#/flow/${encodeURIComponent(poisoned.value)}`}>Follow {poisoned.value}</a>
        )}
      </p>
    </section>
  );
}

function BrokerFault() {
  return (
    <section class="card" aria-labelledby="fault-broker">
      <h2 id="fault-broker">The broker</h2>
      <p class="muted">
        All connections are reset, and new ones refused for a while. Publishers and mappings connect again by
        themselves.
      </p>
      <Numeric id="broker-seconds" label="Seconds" value={brokerSeconds} />
      <p class="tools top">
        <ActionButton
          title="Drop the broker"
          isMain
          run={() => post('broker-fault', { seconds: brokerSeconds.value })}
        />
      </p>
    </section>
  );
}

function MappingActions({ uuid, name }: { uuid: string; name: string }) {
  const partitions = mappings.value.find((each) => each.uuid === uuid)?.partitions ?? [];
  const blocked = partitions.filter(({ lag }) => lag > 0);
  return (
    <section class="card" aria-labelledby={`fault-${uuid}`}>
      <h2 id={`fault-${uuid}`} class="wrap">
        The mapping {name}
      </h2>
      <p class="muted">Is the work idempotent? Does a record block its partition?</p>
      <p class="tools top">
        <ActionButton
          title="Deliver the next batch twice"
          run={() => post('deliver-twice', { mapping: uuid, batches: 1 })}
        />
        {blocked.map(({ partition }) => (
          <ActionButton
            key={partition}
            title={`Skip the first open record of partition ${partition}`}
            run={() => post('skip', { mapping: uuid, partition })}
          />
        ))}
        <ActionButton
          title="Reset to the first record"
          question="Send all records again?"
          run={() => post('reset', { mapping: uuid, position: 'earliest' })}
        />
        <ActionButton
          title="Reset to the end"
          question="Leave out what waits?"
          run={() => post('reset', { mapping: uuid, position: 'latest' })}
        />
      </p>
    </section>
  );
}

function Numeric({ id, label, value }: { id: string; label: string; value: { value: number } }) {
  return (
    <label for={id}>
      <span>{label}</span>
      <input
        id={id}
        type="number"
        min={1}
        value={value.value}
        onInput={(event) => {
          value.value = event.currentTarget.valueAsNumber || 1;
        }}
      />
    </label>
  );
}
