import { errorMessage, ServiceError } from '../../errors.ts';
import { type Environment, kafkaConfiguration } from '../../kafka/configuration.ts';
import { deadLetterTopicOf, failureTopicOf, topicName } from '../../kafka/topic-names.ts';
import type { Log } from '../../log.ts';
import { topics as catalogue } from '../../schema/topics.ts';
import { closing } from '../closing.ts';
import { type ConsumedTopic, foreignTopics, operatedConsumers } from '../consumers.ts';
import type { Output } from '../output.ts';
import { type DeadLetterKind, rejectedByFunction } from './dead-letter.ts';
import { type DeadLetterTopic, openDeadLetterTopic } from './dead-letter-topic.ts';
import { givenUpByMapping } from './failure-document.ts';

/** Whose records it is about: those that functions rejected, or those that event source mappings gave up. */
export type Room = 'dead-letters' | 'failed';

interface RoomFacts {
  readonly kind: DeadLetterKind;
  /** Of a topic that is consumed. */
  readonly topicOf: (topic: string) => string;
  readonly deployed: (consumed: ConsumedTopic) => string | undefined;
  /** Whether those of topics of other clusters are on the cluster of the service. */
  readonly holdsForeign: boolean;
}

const rooms: Readonly<Record<Room, RoomFacts>> = {
  'dead-letters': {
    kind: rejectedByFunction,
    topicOf: deadLetterTopicOf,
    deployed: ({ deadLetterTopic }) => deadLetterTopic,
    holdsForeign: true,
  },
  failed: {
    kind: givenUpByMapping,
    topicOf: failureTopicOf,
    deployed: ({ failureTopic }) => failureTopic,
    holdsForeign: false,
  },
};

/** Which topics of a room a command is about. */
export interface RoomTopics {
  readonly room: Room;
  /** As they are named on the cluster. */
  readonly names: readonly string[];
  /** What the room lacks: topics on other clusters. */
  readonly leftOut?: readonly string[];
}

/**
 * The dead letter topics or failure topics that are meant.
 *
 * @param topic - a topic that is consumed, or one of these by its name; undefined for all
 * @throws ServiceError `configuration_error` when the deployed service has none, or has it on another cluster
 */
export function topicsOf(room: Room, topic: string | undefined, environment: Environment): RoomTopics {
  const { deployed, holdsForeign } = rooms[room];
  const foreign = foreignTopics(environment);
  const elsewhere = holdsForeign ? [] : namesIn(foreign, deployed);
  const consumers = operatedConsumers(environment);
  const here = consumers && namesIn([...consumers, ...(holdsForeign ? foreign : [])], deployed);
  if (topic !== undefined) {
    const name = topicsByName(room, environment).get(topic) ?? topic;
    if (elsewhere.includes(name) && !here?.includes(name)) throw unavailable(onOtherCluster(room, [name]));
    return { room, names: [name] };
  }
  const named = room === 'dead-letters' ? environment.KAFKA_DEAD_LETTER_TOPIC?.trim() : undefined;
  if (named) return { room, names: [named] };
  if (here === undefined) return { room, names: [...new Set(topicsByName(room, environment).values())] };
  if (here.length > 0) return { room, names: here, leftOut: elsewhere };
  throw unavailable(
    elsewhere.length > 0
      ? onOtherCluster(room, elsewhere)
      : 'No event source mapping of this service has such a topic: in on-demand mode there is no failure topic',
  );
}

/** The topics of a room, by the topics that are consumed: as the catalogue names them, and as the cluster does. */
function topicsByName(room: Room, environment: Environment): Map<string, string> {
  const { topicOf, deployed } = rooms[room];
  const foreign = foreignTopics(environment).map((each) => [each.topic, deployed(each)] as const);
  const own = catalogue.flatMap((logical) => {
    const name = topicName(logical, environment);
    return [logical, name].map((each) => [each, topicOf(name)] as const);
  });
  return new Map([...foreign, ...own].flatMap(([name, letters]) => (letters ? [[name, letters]] : [])));
}

function namesIn(consumed: readonly ConsumedTopic[], nameOf: RoomFacts['deployed']): string[] {
  return [...new Set(consumed.flatMap((each) => nameOf(each) ?? []))];
}

function onOtherCluster(room: Room, names: readonly string[]): string {
  return `Left out, as on other clusters: ${names.join(', ')}; where such a cluster is reached, run npm run kafka -- ${room} list --topic ${names[0]} --brokers <its brokers>`;
}

function unavailable(message: string): ServiceError {
  return new ServiceError('configuration_error', message);
}

/**
 * The topics of other clusters whose dead letters a room holds. What is sent goes to the cluster of the service, so that these
 * cannot go back to where they came from.
 */
export function foreignOriginsOf(room: Room, environment: Environment): ReadonlySet<string> {
  return new Set(rooms[room].holdsForeign ? foreignTopics(environment).map(({ topic }) => topic) : []);
}

/** What the work on the topics of a room is done with. */
export interface RoomWork {
  readonly environment: Environment;
  readonly log: Log;
  readonly output: Pick<Output, 'note' | 'problem'>;
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
  { room, names, leftOut = [] }: RoomTopics,
  { environment, log, output, isOver }: RoomWork,
  work: (topic: DeadLetterTopic) => Promise<boolean>,
): Promise<boolean> {
  const configuration = kafkaConfiguration(environment);
  const { kind } = rooms[room];
  const passOver = (error: unknown): boolean => {
    if (names.length === 1 || !isMisconfiguration(error)) throw error;
    output.problem(errorMessage(error));
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
  if (leftOut.length > 0) output.note(onOtherCluster(room, leftOut));
  return complete;
}

function isMisconfiguration(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'configuration_error';
}
