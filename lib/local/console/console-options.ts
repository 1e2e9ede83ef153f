import type { KafkaConfiguration } from '../../kafka/configuration.ts';
import type { Log } from '../../log.ts';
import type { Broker } from '../broker/broker.ts';
import type { LocalFunctions } from '../function/local-functions.ts';
import type { LocalHandler } from '../http/local-server.ts';
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts';
import type { ConsoleCatalogue } from './console-catalogue.ts';
import type { LetterTopic } from './dead-letters.ts';
import type { Recorder } from './recorder.ts';
import type { ServiceView } from './wire.ts';

/** The parts of the local run that the console shows and changes. */
export interface ConsoleOptions {
  readonly recorder: Recorder;
  readonly catalogue: ConsoleCatalogue;
  readonly kafka: KafkaConfiguration;
  readonly broker: Broker | undefined;
  readonly functions: LocalFunctions;
  readonly mappings: () => readonly EventSourceMapping[];
  readonly letterTopics: readonly LetterTopic[];
  /** Answers the requests of the HTTP API. */
  readonly httpApi: LocalHandler;
  /** Whether the page may change anything. */
  readonly readOnly: boolean;
  readonly log: Log;
  /** What the page says of the service, without what the console knows itself. */
  readonly describe: () => Omit<ServiceView, 'run' | 'readOnly'>;
}
