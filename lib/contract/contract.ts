import { serviceCatalogue } from '../build/compile-validators.ts';
import { loadEventTypes } from '../build/load-event-types.ts';
import { schemaCompiler } from '../build/schema-compiler.ts';
import { isJsonObject } from '../json.ts';
import { parseHttpApi, type Route } from '../local/http/http-api/declaration.ts';
import { DEFAULT_TOPIC, type EventType } from '../schema/event-type.ts';
import { exampleData } from '../schema/example.ts';
import { topicsOf } from '../schema/topics.ts';
import type { Configuration } from '../stack/complete-service.ts';
import type { Deployment } from '../stack/deployment.ts';
import { completedService } from './completed-service.ts';
import { serviceConfiguration } from './service-configuration.ts';

/** An event type, as the contract describes it. */
export interface ContractType {
  readonly type: string;
  readonly topic: string;
  readonly bareRecords: boolean;
  /** Of the newest revision, from 1. */
  readonly revision: number;
  /** JSON Schema (draft-07) of the newest revision. */
  readonly schema: object;
  /** The text of its function. */
  readonly partitionKey: string;
  /** Valid data and its key; absent when none can be made from the schema. */
  readonly example?: { readonly data: object; readonly key: string };
}

/** What a service promises: its event types, and the functions that send and receive them. */
export interface Contract {
  readonly service: string;
  readonly eventTypes: readonly ContractType[];
  /** Routes of the HTTP API whose functions publish events. */
  readonly routes: readonly Route[];
  readonly deployment: Deployment;
}

/**
 * Reads the contract of the service from disk: the event types, and serverless.yml as a deployment of its default stage
 * completes it.
 *
 * @throws UserError when event types or serverless.yml cannot be read
 */
export async function readContract(): Promise<Contract> {
  const [{ eventTypes }, configuration] = await Promise.all([
    loadEventTypes(serviceCatalogue.eventTypes),
    serviceConfiguration(),
  ]);
  return contractOf(
    eventTypes.map(({ eventType }) => eventType),
    configuration,
  );
}

/**
 * The contract of some event types and a service.
 *
 * @param configuration - is completed in place
 */
export function contractOf(eventTypes: readonly EventType[], configuration: Configuration): Contract {
  const deployment = completedService(configuration, topicsOf(eventTypes));
  const { provider } = configuration;
  const { routes } = parseHttpApi({ provider, functions: deployment.functions });
  return {
    service: configuration.service,
    eventTypes: eventTypes.map(contractType),
    routes: routes.filter(({ functionName }) => deployment.publishers.includes(functionName)),
    deployment,
  };
}

function contractType(eventType: EventType): ContractType {
  const { type, topic = DEFAULT_TOPIC, bareRecords = false, revisions } = eventType;
  const schema = revisions.at(-1) ?? {};
  const data = exampleData(schema);
  const isValid = isJsonObject(data) && schemaCompiler(false).validate(schema, data);
  return {
    type,
    topic,
    bareRecords,
    revision: revisions.length,
    schema,
    partitionKey: eventType.partitionKey.toString(),
    ...(isValid && { example: { data, key: eventType.partitionKey(data) } }),
  };
}
