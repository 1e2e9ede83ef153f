import type { Service } from '../../build/framework.ts';
import type { Environment } from '../../kafka/configuration.ts';
import { deadLetterTopicOf, logicalTopic, topicName } from '../../kafka/topic-names.ts';
import { destinationTopic, type EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import type { LocalFunctions } from '../function/local-functions.ts';
import type { HttpApiDeclaration } from '../http/http-api/declaration.ts';
import { mappingUuid } from '../mapping/identity.ts';
import type { LetterTopic } from './dead-letters.ts';
import { propertyViews } from './property-notes.ts';
import { KEPT_RECORDS } from './recorder.ts';
import type { DeclaredMapping, ServiceView } from './wire.ts';

export interface DescribedService {
  readonly service: Service;
  readonly functions: LocalFunctions;
  readonly declarations: readonly EventSourceMappingDeclaration[];
  readonly httpApi: HttpApiDeclaration;
  readonly httpApiUrl: string;
  /** Of all functions. */
  readonly environment: Readonly<Record<string, unknown>>;
}

/** The topics of a service: how they are named, which hold dead letters, and which mapping reads which. */
export function consoleTopics(described: DescribedService): {
  readonly names: { logical: (name: string) => string; onCluster: (logical: string) => string };
  readonly letterTopics: readonly LetterTopic[];
  readonly readers: readonly DeclaredMapping[];
} {
  const prefix = { KAFKA_TOPIC_PREFIX: String(described.environment.KAFKA_TOPIC_PREFIX ?? '') };
  const readers = declaredMappings(described);
  const failed = described.declarations.flatMap(
    ({ onFailureDestination }) => destinationTopic(onFailureDestination) ?? [],
  );
  return {
    names: {
      logical: (name) => logicalTopic(name, prefix),
      onCluster: (logical) => topicName(logical, prefix),
    },
    letterTopics: [
      ...unique(
        readers.map(({ deadLetterTopic }) => deadLetterTopic),
        'dead-letters',
      ),
      ...unique(failed, 'failed'),
    ],
    readers,
  };
}

/** What the page says of a service, as far as serverless.yml tells it. */
export function describeService(
  described: DescribedService,
): Pick<
  ServiceView,
  'service' | 'httpApi' | 'routes' | 'publishRoute' | 'functions' | 'publishers' | 'mappings' | 'keptEvents'
> {
  const { service, functions, httpApi, httpApiUrl } = described;
  const publishers = Object.entries(service.functions).flatMap(([name, definition]) =>
    'publishes' in definition && definition.publishes !== undefined ? [name] : [],
  );
  const routes = httpApi.routes.map(({ key, functionName }) => ({ key, functionName }));
  return {
    service: typeof service.service === 'string' ? service.service : 'service',
    httpApi: httpApiUrl,
    routes,
    publishRoute: routes.find(
      ({ key, functionName }) => /^POST /.test(key) && publishers.includes(functionName),
    )?.key,
    functions: functions.names,
    publishers,
    mappings: declaredMappings(described),
    keptEvents: KEPT_RECORDS,
  };
}

function declaredMappings({ declarations, functions }: DescribedService): DeclaredMapping[] {
  return declarations.map((declaration) => {
    const uuid = mappingUuid(declaration);
    const { functionName, topic, enabled, onFailureDestination, consumerGroupId = uuid } = declaration;
    const environment: Environment = functions.definition(functionName).environment;
    return {
      uuid,
      functionName,
      topic,
      group: consumerGroupId,
      enabled,
      destination: onFailureDestination,
      deadLetterTopic: environment.KAFKA_DEAD_LETTER_TOPIC?.trim() || deadLetterTopicOf(topic, environment),
      properties: propertyViews(declaration),
    };
  });
}

function unique(names: readonly string[], kind: LetterTopic['kind']): LetterTopic[] {
  return [...new Set(names)].map((name) => ({ name, kind }));
}
