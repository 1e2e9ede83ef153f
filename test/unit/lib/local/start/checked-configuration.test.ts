import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Serverless } from '../../../../../lib/build/framework.ts';
import { checkWhatChanged } from '../../../../../lib/local/start/checked-configuration.ts';

let serviceDir: string;
beforeEach(() => {
  serviceDir = mkdtempSync(join(tmpdir(), 'checked-configuration-'));
});
afterEach(() => rmSync(serviceDir, { recursive: true, force: true }));

type Check = (configuration: Record<string, unknown>) => void;
interface Start {
  readonly check?: Check;
  readonly version?: string;
  readonly schema?: object;
  readonly configValidationMode?: 'error' | 'warn';
}

/** Whether the framework checks a configuration at a start. */
async function checks(configuration: Record<string, unknown>, start: Start = {}): Promise<boolean> {
  const { check = () => {}, version = '4.3.1', schema = { type: 'object' } } = start;
  const { configValidationMode = 'error' } = start;
  let hasChecked = false;
  const validateConfig = async (each: Record<string, unknown>) => {
    hasChecked = true;
    check(each);
  };
  const configSchemaHandler = { schema, validateConfig };
  const serverless: unknown = { version, serviceDir, service: { configValidationMode }, configSchemaHandler };
  checkWhatChanged(serverless as Serverless);
  await configSchemaHandler.validateConfig(configuration);
  return hasChecked;
}

const configuration = { service: 'events', functions: { publish: { timeout: 29 } } };

test('a configuration that has passed is not checked again', async () => {
  expect(await checks(configuration)).toBe(true);
  expect(await checks(structuredClone(configuration))).toBe(false);
});

test.each<[string, Record<string, unknown>, Start]>([
  ['configuration', { ...configuration, service: 'orders' }, {}],
  [
    'schema, as another plugin makes it',
    configuration,
    { schema: { type: 'object', required: ['service'] } },
  ],
  ['framework', configuration, { version: '4.3.2' }],
])('another %s is checked', async (_, changed, start) => {
  await checks(configuration);
  expect(await checks(changed, start)).toBe(true);
});

test('a configuration that was refused is checked, and refused, again', async () => {
  const check = () => {
    throw new Error('Configuration error');
  };
  await expect(checks(configuration, { check })).rejects.toThrow('Configuration error');
  await expect(checks(configuration, { check })).rejects.toThrow('Configuration error');
});

test.each<[string, Start]>([
  ['only warns', { configValidationMode: 'warn' }],
  [
    'changes the configuration',
    {
      check: (each) => {
        each.service = 1;
      },
    },
  ],
])('a check that %s is done at each start', async (_, start) => {
  await checks({ ...configuration }, start);
  expect(await checks({ ...configuration }, start)).toBe(true);
});

test('the order of names is no change: the check moves those without a value to the end', async () => {
  const check: Check = (each) => {
    const { service } = each;
    delete each.service;
    each.service = service;
  };
  await checks({ ...configuration }, { check });
  expect(await checks({ ...configuration }, { check })).toBe(false);
});
