import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject } from '../../lib/json.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import { freePorts, startOffline } from '../support/offline-process.ts';
import { consumed } from '../support/posted-event.ts';
import { serviceOnFixtures } from '../support/service-on-fixtures.ts';

const { directory, remove } = serviceOnFixtures();
afterAll(remove);

const userRenamed = `import { defineEventType } from '../event-type.ts';

export const userRenamed = defineEventType({
  type: 'user.renamed',
  revisions: [{ type: 'object', properties: { id: { type: 'string', minLength: 1 } }, required: ['id'] }],
  partitionKey: ({ id }) => id,
});
`;

test('npm start serves the contract, accepts every example in it, and keeps it up to date', async () => {
  const ports = await freePorts();
  const offline = startOffline(ports, { directory, flags: ['--ephemeral'] });
  await offline.started();
  const url = `http://localhost:${ports.mappingPort}`;
  expect(offline.output()).toContain(`Contract  ${url}/openapi.json  ${url}/asyncapi.json`);
  const document = async (name: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/${name}`);
    expect(response.status).toBe(200);
    return Object(await response.json());
  };

  const open = await document('openapi.json');
  const operation = Object(open.paths)['/events'].post;
  let events = 0;
  for (const [mediaType, { examples }] of Object.entries<{ examples: Record<string, { value: unknown }> }>(
    operation.requestBody.content,
  )) {
    for (const [name, { value }] of Object.entries(examples)) {
      const type = name.replace(/\.binary$/, '');
      const binary = { 'ce-specversion': '1.0', 'ce-type': type };
      const response = await fetch(`http://localhost:${ports.httpPort}/events`, {
        method: 'POST',
        headers: { 'content-type': mediaType, ...(name !== type && binary) },
        body: JSON.stringify(value),
      });
      expect([name, response.status]).toEqual([name, 202]);
      events += Array.isArray(value) ? value.length : 1;
    }
  }
  expect(events).toBeGreaterThan(5);
  await consumed(offline, events);

  const file = join(directory, 'lib/schema/event-types');
  writeFileSync(join(file, 'user-renamed.ts'), userRenamed);
  const index = readFileSync(join(file, 'index.ts'), 'utf8');
  writeFileSync(join(file, 'index.ts'), `${index}export * from './user-renamed.ts';\n`);
  const hasNewType = (parsed: unknown) =>
    isJsonObject(Object(Object(parsed).components).schemas['user.renamed']);
  await eventually('the new type', async () => hasNewType(await document('asyncapi.json')));
  // The files beside it follow.
  await eventually('the file', () =>
    hasNewType(JSON.parse(readFileSync(join(directory, 'lib/contract/openapi.json'), 'utf8'))),
  );
  expect(await offline.stop('SIGINT')).toBe(0);
});
