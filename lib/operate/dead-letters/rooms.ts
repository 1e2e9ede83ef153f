import { errorMessage, ServiceError } from '../../errors.ts';
import { type Environment, kafkaConfiguration } from '../../kafka/configuration.ts';
import { deadLetterTopicOf, failureTopicOf, topicName } from '../../kafka/topic-names.ts';
import type { Log } from '../../log.ts';
import { topics as catalogue } from '../../schema/topics.ts';
import { closing } from '../closing.ts';
import { type OperatedConsumer, operatedConsumers } from '../consumers.ts';
import { type DeadLetterKind, rejectedByFunction } from './dead-letter.ts';
import { type DeadLetterTopic, openDeadLetterTopic } from './dead-letter-topic.ts';
import { givenUpByMapping } from './failure-document.ts';

/** Whose records it is about: those that functions rejected, or those that event source mappings gave up. */
export type Room = 'dead-letters' | 'failed';

interface RoomFacts {
  readonly kind: DeadLetterKind;
  /** Of a topic that is consumed. */
  readonly topicOf: (topic: string) => string;
  readonly deployed: (consumer: OperatedConsumer) => string | undefined;
}

const rooms: Readonly<Record<Room, RoomFacts>> = {
  'dead-letters': {
    kind: rejectedByFunction,
    topicOf: deadLetterTopicOf,
    deployed: ({ deadLetterTopic }) => deadLetterTopic,
  },
  failed: {
    kind: givenUpByMapping,
    topicOf: failureTopicOf,
    deployed: ({ failureTopic }) => failureTopic,
  },
};

/** Which topics of a room a command is about. */
export interface RoomTopics {
  readonly room: Room;
  /** As they are named on the cluster. */
  readonly names: readonly string[];
}

/**
 * The dead letter topics or failure topics that are meant.
 *
 * @param topic - a topic of the catalogue, or one of these by its name; undefined for all
 * @throws ServiceError `configuration_error` when the deployed service has none
 */
export function topicsOf(room: Room, topic: string | undefined, environment: Environment): RoomTopics {
  return { room, names: namesOf(room, topic, environment) };
}

function namesOf(room: Room, topic: string | undefined, environment: Environment): readonly string[] {
  const { topicOf, deployed } = rooms[room];
  const byTopic = new Map<string, string>();
  for (const logical of catalogue) {
    const name = topicName(logical, environment);
    byTopic.set(logical, topicOf(name)).set(name, topicOf(name));
  }
  if (topic !== undefined) return [byTopic.get(topic) ?? topic];
  const named = room === 'dead-letters' ? environment.KAFKA_DEAD_LETTER_TOPIC?.trim() : undefined;
  if (named) return [named];
  const consumers = operatedConsumers(environment);
  if (consumers === undefined) return [...new Set(byTopic.values())];
  const names = [...new Set(consumers.flatMap((consumer) => deployed(consumer) ?? []))];
  if (names.length > 0) return names;
  throw new ServiceError(
    'configuration_error',
    'No event source mapping of this service has such a topic: in on-demand mode there is no failure topic',
  );
}

/** What the work on the topics of a room is done with. */
export interface RoomWork {
  readonly environment: Environment;
  readonly log: Log;
  readonly problem: (text: string) => void;
  /** Whether the topics that are left are to be left alone. */
  readonly isOver: () => boolean;
}

/**
 * Opens one topic after the other and works on it. One of several that is missing leaves the others alone.
 *
 * @param work - returns whether all that was asked for was done
 * @returns whether that is true of all topics
 * @throws Error when a topic cannot be worked on
 */
export async function forEachTopic(
  { room, names }: RoomTopics,
  { environment, log, problem, isOver }: RoomWork,
  work: (topic: DeadLetterTopic) => Promise<boolean>,
): Promise<boolean> {
  const configuration = kafkaConfiguration(environment);
  const { kind } = rooms[room];
  const passOver = (error: unknown): boolean => {
    if (names.length === 1 || !isMisconfiguration(error)) throw error;
    problem(errorMessage(error));
    return false;
  };
  const openAndWork = async (name: string): Promise<boolean> => {
    const topic = await openDeadLetterTopic(configuration, { name, kind }, log);
    return closing(topic.close, () => work(topic));
  };
  let complete = true;
  for (const name of names) {
    complete = (await openAndWork(name).catch(passOver)) && complete;
    if (isOver()) break;
  }
  return complete;
}

function isMisconfiguration(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'configuration_error';
}
