import { ContractView } from './contract-view.tsx';
import { DeadLettersView } from './dead-letters-view.tsx';
import { FaultsView } from './faults-view.tsx';
import { FlowView } from './flow-view.tsx';
import { MappingsView } from './mappings-view.tsx';
import { PublishView } from './publish-view.tsx';
import { connection, counts, faults, mappings, readOnly, route, service } from './store.ts';
import { nextTheme, theme } from './theme.ts';

const views = [
  { id: 'flow', title: 'Flow', View: FlowView },
  { id: 'mappings', title: 'Mappings', View: MappingsView },
  { id: 'dead-letters', title: 'Dead letters', View: DeadLettersView },
  { id: 'publish', title: 'Publish', View: PublishView },
  { id: 'contract', title: 'Contract', View: ContractView },
  { id: 'faults', title: 'Try a fault', View: FaultsView },
] as const;

export function App() {
  const shown = views.find(({ id }) => id === route.value.view) ?? views[0];
  const { View } = shown;
  return (
    <>
      <button type="button" class="skip" onClick={focusContent}>
        Skip to the content
      </button>
      <header class="side">
        <p class="brand">
          <span class="logo" aria-hidden="true" />
          <span>
            <b>{service.value?.service ?? 'Console'}</b>
            <small>{service.value?.embedded === false ? 'on a cluster' : 'on this machine'}</small>
          </span>
        </p>
        <nav aria-label="Views">
          <ul>
            {views.map(({ id, title }) => (
              <li key={id}>
                <a href={`#/${id}`} aria-current={id === shown.id ? 'page' : undefined}>
                  {title}
                  <Mark view={id} />
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="foot">
          <ConnectionLine />
          <p>
            <span class="muted">Brokers</span> <span class="mono wrap">{service.value?.brokers}</span>
          </p>
          {readOnly.value && service.value !== undefined && (
            <p class="note">Read only: npm start -- --console-writes lets the console write.</p>
          )}
          <button type="button" class="quiet" onClick={nextTheme}>
            Theme: {theme.value}
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <View />
      </main>
    </>
  );
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}

/** What a view has to tell before it is opened. */
function Mark({ view }: { view: string }) {
  const count = {
    mappings: mappings.value.filter(({ lastResult }) => lastResult.startsWith('PROBLEM')).length,
    faults: faults.value?.functions.length ?? 0,
  }[view];
  return count ? <span class="mark">{count}</span> : null;
}

function ConnectionLine() {
  const { perSecond, total } = counts.value;
  const text = { connecting: 'Connecting', live: 'Live', lost: 'Connection lost, trying again' }[
    connection.value
  ];
  return (
    <p class={`connection ${connection.value}`}>
      <span role="status">{text}</span>
      {connection.value === 'live' && (
        <span class="muted number">
          {total.toLocaleString('en')} events, {perSecond.toLocaleString('en')}/s
        </span>
      )}
    </p>
  );
}
