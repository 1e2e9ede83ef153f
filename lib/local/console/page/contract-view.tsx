import type { EventTypeView } from '../wire.ts';
import { ContractPicture } from './contract-picture.tsx';
import { service } from './store.ts';
import { plural } from './words.ts';

export function ContractView() {
  const shown = service.value;
  if (shown === undefined) return <p class="muted">Loading.</p>;
  return (
    <>
      <h1>Contract</h1>
      <p class="lead">
        The event types that publishers and consumers share, their topics, and who sends and receives.
      </p>
      <p class="tools">
        <a href="/openapi.json">OpenAPI of the HTTP API</a>
        <a href="/asyncapi.json">AsyncAPI of the topics</a>
      </p>
      <section class="card" aria-label="Who sends and receives">
        <ContractPicture service={shown} />
      </section>
      {shown.eventTypes.map((each) => (
        <EventType key={each.type} eventType={each} />
      ))}
    </>
  );
}

function EventType({ eventType }: { eventType: EventTypeView }) {
  const { type, topic, revisions, hasSensitive, example } = eventType;
  return (
    <section class="card" aria-labelledby={`type-${type}`}>
      <div class="head">
        <h2 id={`type-${type}`}>{type}</h2>
        <a href={`#/publish/${encodeURIComponent(type)}`}>Publish one</a>
      </div>
      <p class="muted">
        Topic {topic}, {plural(revisions.length, 'revision')}
        {hasSensitive && ', has sensitive data'}
      </p>
      <Properties schema={revisions.at(-1)} />
      {revisions.length > 1 && (
        <>
          <h3>What the revisions changed</h3>
          <ol class="revisions">
            {revisions.slice(1).map((revision, index) => (
              <li key={index}>
                <b>Revision {index + 2}</b>
                <Difference before={revisions[index]} after={revision} />
              </li>
            ))}
          </ol>
        </>
      )}
      <details>
        <summary>Schema and example</summary>
        <pre class="code">{JSON.stringify(revisions.at(-1), null, 2)}</pre>
        <pre class="code">{JSON.stringify(example, null, 2)}</pre>
      </details>
    </section>
  );
}

function Properties({ schema }: { schema: unknown }) {
  const { properties = {}, required = [] } = Object(schema);
  return (
    <ul class="property-list">
      {Object.entries<unknown>(properties).map(([name, property]) => {
        const { type, format, sensitive, description } = Object(property);
        const words = [
          type,
          format,
          required.includes(name) ? '' : 'optional',
          sensitive ? 'sensitive' : '',
          description,
        ];
        return (
          <li key={name}>
            <span class="mono">{name}</span> <span class="muted">{words.filter(Boolean).join(', ')}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** The lines of two schemas that differ: schemas only ever gain properties. */
function Difference({ before, after }: { before: unknown; after: unknown }) {
  const old = new Set(linesOf(before));
  const now = new Set(linesOf(after));
  const added = [...now].filter((line) => !old.has(line));
  const removed = [...old].filter((line) => !now.has(line));
  return (
    <ul class="mono difference">
      {removed.map((line) => (
        <li key={line} class="removed wrap">
          − {line}
        </li>
      ))}
      {added.map((line) => (
        <li key={line} class="added wrap">
          + {line}
        </li>
      ))}
    </ul>
  );
}

function linesOf(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [`${path}: ${JSON.stringify(schema)}`];
  return Object.entries(schema).flatMap(([name, value]) =>
    linesOf(value, path === '' ? name : `${path}.${name}`),
  );
}
