import { plural, visible } from './words.ts';

/** The headers of a record, folded. */
export function HeaderList({ headers }: { headers: readonly (readonly [name: string, value: string])[] }) {
  return (
    <details>
      <summary>{plural(headers.length, 'header')}</summary>
      <dl class="facts">
        {headers.map(([name, value], index) => [
          <dt key={`${index}n`} class="mono wrap">
            {visible(name)}
          </dt>,
          <dd key={`${index}v`} class="mono wrap">
            {visible(value)}
          </dd>,
        ])}
      </dl>
    </details>
  );
}
