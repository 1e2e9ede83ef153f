import { errorMessage, ServiceError } from '../../errors.ts';
import { type Environment, kafkaConfiguration } from '../../kafka/configuration.ts';
import { deadLetterTopicOf, failureTopicOf, topicName } from '../../kafka/topic-names.ts';
import type { Log } from '../../log.ts';
import { topics as catalogue } from '../../schema/topics.ts';
import { closing } from '../closing.ts';
import { type ConsumedTopic, type ConsumerSource, consumedTopics, foreignTopics } from '../consumers.ts';
import type { Output } from '../output.ts';
import { type DeadLetterTopic, openDeadLetterTopic } from './dead-letter-topic.ts';
import { type KindName, kinds } from './kinds.ts';

/** Where the dead letters of a kind are. */
interface Topics {
  /** Of a topic that is consumed. */
  readonly topicOf: (topic: string) => string;
  readonly deployed: (consumed: ConsumedTopic) => string | undefined;
  /** Whether those of topics of other clusters are on the cluster of the service. */
  readonly holdsForeign: boolean;
}

const topicsByKind: Readonly<Record<KindName, Topics>> = {
  'dead-letters': {
    topicOf: deadLetterTopicOf,
    deployed: ({ deadLetterTopic }) => deadLetterTopic,
    holdsForeign: true,
  },
  failed: {
    topicOf: failureTopicOf,
    deployed: ({ failureTopic }) => failureTopic,
    holdsForeign: false,
  },
};

/** Which topics of a kind a command is about. */
export interface KindTopics {
  readonly kind: KindName;
  /** As they are named on the cluster. */
  readonly names: readonly string[];
  /** What is missing: topics on other clusters. */
  readonly leftOut?: readonly string[];
}

/**
 * The dead letter topics or failure topics that are meant.
 *
 * @param topic - a topic that is consumed, or one of these by its name; undefined for all
 * @throws ServiceError `configuration_error` when the deployed service has none, or has it on another cluster
 */
export async function topicsOf(
  kind: KindName,
  topic: string | undefined,
  source: ConsumerSource,
): Promise<KindTopics> {
  const { environment } = source;
  const { deployed, holdsForeign } = topicsByKind[kind];
  const foreign = foreignTopics(environment);
  const elsewhere = holdsForeign ? [] : namesIn(foreign, deployed);
  const here = async () =>
    namesIn([...(await consumedTopics(source)), ...(holdsForeign ? foreign : [])], deployed);
  if (topic !== undefined) {
    const name = topicsByName(kind, environment).get(topic) ?? topic;
    if (elsewhere.includes(name) && !(await here()).includes(name))
      throw unavailable(onOtherCluster(kind, [name]));
    return { kind, names: [name] };
  }
  const named = kind === 'dead-letters' ? environment.KAFKA_DEAD_LETTER_TOPIC?.trim() : undefined;
  if (named) return { kind, names: [named] };
  const names = await here();
  if (names.length > 0) return { kind, names, leftOut: elsewhere };
  throw unavailable(
    elsewhere.length > 0
      ? onOtherCluster(kind, elsewhere)
      : 'No event source mapping of this service has such a topic: in on-demand mode there is no failure topic',
  );
}

/** The topics of a kind, by the topics that are consumed: as the catalogue names them, and as the cluster does. */
function topicsByName(kind: KindName, environment: Environment): Map<string, string> {
  const { topicOf, deployed } = topicsByKind[kind];
  const foreign = foreignTopics(environment).map((each) => [each.topic, deployed(each)] as const);
  const own = catalogue.flatMap((logical) => {
    const name = topicName(logical, environment);
    return [logical, name].map((each) => [each, topicOf(name)] as const);
  });
  return new Map([...foreign, ...own].flatMap(([name, letters]) => (letters ? [[name, letters]] : [])));
}

function namesIn(consumed: readonly ConsumedTopic[], nameOf: Topics['deployed']): string[] {
  return [...new Set(consumed.flatMap((each) => nameOf(each) ?? []))];
}

function onOtherCluster(kind: KindName, names: readonly string[]): string {
  return `Not included, because they are on other clusters: ${names.join(', ')}; from a machine that reaches such a cluster, run npm run kafka -- ${kind} list --topic ${names[0]} --brokers <its brokers>`;
}

function unavailable(message: string): ServiceError {
  return new ServiceError('configuration_error', message);
}

/**
 * The topics of other clusters whose dead letters are on the cluster of the service. A replay sends to that cluster, so it cannot
 * send them back to where they came from.
 */
export function foreignOriginsOf(kind: KindName, environment: Environment): ReadonlySet<string> {
  return new Set(topicsByKind[kind].holdsForeign ? foreignTopics(environment).map(({ topic }) => topic) : []);
}

/** What the work on topics is done with. */
export interface TopicWork {
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
  { kind, names, leftOut = [] }: KindTopics,
  { environment, log, output, isOver }: TopicWork,
  work: (topic: DeadLetterTopic) => Promise<boolean>,
): Promise<boolean> {
  const configuration = kafkaConfiguration(environment);
  const passOver = (error: unknown): boolean => {
    if (names.length === 1 || !isMisconfiguration(error)) throw error;
    output.problem(errorMessage(error));
    return false;
  };
  const openAndWork = async (name: string): Promise<boolean> => {
    const topic = await openDeadLetterTopic(configuration, { name, kind: kinds[kind] }, log);
    return closing(topic.close, () => work(topic));
  };
  let complete = true;
  for (const name of names) {
    complete = (await openAndWork(name).catch(passOver)) && complete;
    if (isOver()) break;
  }
  if (leftOut.length > 0) output.note(onOtherCluster(kind, leftOut));
  return complete;
}

function isMisconfiguration(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'configuration_error';
}
