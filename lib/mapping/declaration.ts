import { ConfigurationReader } from '../configuration-reader.ts';
import { UserError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { destinationTopic } from './on-failure.ts';
import { declared, MAXIMUM_POLLERS, properties, undeclared } from './properties.ts';
import { type KafkaEventType, kafkaEventTypes, type Place, type Properties } from './property.ts';

export { destinationTopic } from './on-failure.ts';

type Declared = {
  -readonly [Name in keyof typeof declared]: ReturnType<(typeof declared)[Name]['read']>;
};

/** One `msk` or `kafka` event of a function: checked, with AWS's defaults applied. */
export interface EventSourceMappingDeclaration extends Declared {
  functionName: string;
  kind: 'msk' | 'self-managed';
}

/** What is read of a function in serverless.yml. */
export interface FunctionDeclaration {
  /** Seconds. */
  timeout?: unknown;
  events?: unknown;
}

/** AWS Lambda would refuse the event source mappings in serverless.yml; each problem begins with the property's path. */
export class DeclarationError extends UserError {
  override readonly name = 'DeclarationError';
}

/** Lambda Developer Guide, "Configuring Amazon MSK event sources". */
const MAX_FUNCTION_TIMEOUT_SECONDS = 14 * 60;
/** Of the Serverless Framework. */
const DEFAULT_FUNCTION_TIMEOUT_SECONDS = 6;
const DEFAULT_REGION = 'us-east-1';

/** Lambda Developer Guide, "Apache Kafka event poller scaling modes". */
const NEEDS_POLLERS = 'is available in provisioned mode only: set provisionedPollers.min';

/**
 * Reads the `msk` and `kafka` events of all functions, for the template and for the local run. It refuses what AWS refuses
 * for a Kafka event source mapping.
 *
 * @param functions - `functions` of serverless.yml, with its variables resolved
 * @param defaults - `timeoutSeconds`: `provider.timeout`, for functions without their own; `region`: of what is deployed with
 *   the service, and has no ARN before
 * @throws DeclarationError that lists every problem with the function's name and the property's
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html Lambda API Reference, "CreateEventSourceMapping"}
 */
export function parseEventSourceMappings(
  functions: Readonly<Record<string, FunctionDeclaration>>,
  defaults: { timeoutSeconds?: number | undefined; region?: string | undefined } = {},
): EventSourceMappingDeclaration[] {
  const problems: string[] = [];
  const mappings = Object.entries(functions).flatMap(([functionName, definition]) => {
    const events = kafkaEvents(definition.events);
    const timeout = definition.timeout ?? defaults.timeoutSeconds ?? DEFAULT_FUNCTION_TIMEOUT_SECONDS;
    if (events.length > 0 && Number(timeout) > MAX_FUNCTION_TIMEOUT_SECONDS) {
      problems.push(
        `functions.${functionName}.timeout: ${timeout} s is over the ${MAX_FUNCTION_TIMEOUT_SECONDS} s that a Kafka event source mapping allows`,
      );
    }
    return events.map((written) => {
      const path = `functions.${functionName}.events[${written.index}].${written.event}`;
      const reader = new ConfigurationReader(
        (name) => written.properties[name],
        (name, reason) => `${path}.${name}: ${reason}`,
        problems,
      );
      const place = { event: written.event, region: defaults.region ?? DEFAULT_REGION };
      return { declaration: parseEvent(functionName, place, reader), reader };
    });
  });
  refuseConflicts(mappings);
  if (problems.length > 0) throw new DeclarationError(problems);
  return mappings.map(({ declaration }) => declaration);
}

function parseEvent(
  functionName: string,
  place: Place,
  reader: ConfigurationReader,
): EventSourceMappingDeclaration {
  const { event } = place;
  // Every row reads its own property of `Declared`, whose type is derived from the rows.
  const values = Object.fromEntries(
    Object.entries(declared).map(([name, row]) => [name, row.read(reader, row.name, place)]),
  ) as Declared;
  for (const row of undeclared) row.read(reader, row.name, place);
  refuseMisplaced(values, event, reader);
  return { functionName, kind: event === 'msk' ? 'msk' : 'self-managed', ...values };
}

/** Refuses properties of the other event type, and properties that on-demand mode does not have. */
function refuseMisplaced(values: Declared, event: KafkaEventType, reader: ConfigurationReader): void {
  for (const row of properties) {
    const written = reader.get(row.name);
    if (written === undefined) continue;
    if (row.event !== undefined && row.event !== event)
      reader.refuse(row.name, `belongs to ${row.event} events`);
    if (values.pollers === undefined && row.provisionedOnly && written !== row.neutral) {
      reader.refuse(row.name, NEEDS_POLLERS);
    }
  }
  if (values.pollers === undefined && destinationTopic(values.onFailureDestination) !== undefined) {
    const name = reader.get('onFailure') === undefined ? 'onFailureDestination' : 'onFailure';
    reader.refuse(name, `a Kafka topic ${NEEDS_POLLERS}`);
  }
}

interface Mapping {
  readonly declaration: EventSourceMappingDeclaration;
  readonly reader: ConfigurationReader;
}

/** Refuses mappings that share a source and a function, share a consumer group, or exceed the pollers of a poller group. */
function refuseConflicts(mappings: readonly Mapping[]): void {
  const sources = new Set<string>();
  const groups = new Map<string, string>();
  const pollers = new Map<string, number>();
  for (const { declaration, reader } of mappings) {
    const { functionName, topic, consumerGroupId, pollers: own } = declaration;

    const source = JSON.stringify([functionName, reader.get('arn') ?? reader.get('bootstrapServers'), topic]);
    if (sources.has(source)) reader.refuse('topic', `${topic} is mapped to this function already`);
    sources.add(source);

    if (consumerGroupId !== undefined) {
      const user = groups.get(consumerGroupId);
      if (user !== undefined)
        reader.refuse('consumerGroupId', `${consumerGroupId} is the group of ${user} already`);
      groups.set(consumerGroupId, functionName);
    }
    if (own?.group !== undefined) {
      const sum = (pollers.get(own.group) ?? 0) + own.maximum;
      pollers.set(own.group, sum);
      if (sum > MAXIMUM_POLLERS.maximum) {
        const reason = `the mappings of group ${own.group} have ${sum} pollers, AWS Lambda allows ${MAXIMUM_POLLERS.maximum}`;
        reader.refuse('provisionedPollers.max', reason);
      }
    }
  }
}

/** A `msk` or `kafka` event of a function as it is written. */
export interface WrittenEvent {
  /** In `functions.<name>.events`. */
  readonly index: number;
  readonly event: KafkaEventType;
  readonly properties: Properties;
}

/**
 * Finds the `msk` and `kafka` events among the events of one function.
 *
 * @param events - `functions.<name>.events`
 */
export function kafkaEvents(events: unknown): WrittenEvent[] {
  if (!Array.isArray(events)) return [];
  return events.flatMap((entry: unknown, index) => {
    if (!isJsonObject(entry)) return [];
    for (const event of kafkaEventTypes) {
      const written = entry[event];
      if (isJsonObject(written)) return [{ index, event, properties: written }];
    }
    return [];
  });
}
