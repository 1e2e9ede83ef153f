import { createHash, randomUUID } from 'node:crypto';
import type { DynamoDB, PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { errorMessage, ServiceError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import { backoff, retry } from '../retry.ts';
import type { Claim, ProcessedEvents } from './deduplication.ts';

/** What {@link idempotencyTable} needs to know. */
export interface IdempotencyTableOptions {
  readonly tableName: string;
  /** Begins the key of each item: functions share the table, and each of them processes each event. */
  readonly functionName: string;
  /** URL of a table that is not on AWS, which takes any credentials. */
  readonly endpoint?: string | undefined;
}

/** Events are remembered for thirty days: dead letters and failures can be replayed for as long. */
const REMEMBERED_SECONDS = 30 * 24 * 60 * 60;
/** What an invocation takes to answer after its deadline, and what clocks differ by. */
const GRACE_MS = 1_000;
/** AWS Lambda Developer Guide, "Lambda quotas", function timeout. */
const LONGEST_CLAIM_MS = 900_000 + 2 * GRACE_MS;
/** A request takes milliseconds. One that was not answered by then is sent again. */
const REQUEST_MS = 2_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const pauseMs = backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);

/** Other errors of the caller do not pass by themselves: Amazon DynamoDB Developer Guide, "Error handling with DynamoDB". */
const throttling = ['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException'];

/** The condition of a write that only the owner may do, or anybody when the item is gone. */
const OWN = 'attribute_not_exists(eventKey) OR #owner = :owner';
/**
 * The condition of a claim: the event was not processed, and no other invocation has a claim. So it may replace a claim
 * that a crashed invocation left behind, an item whose time is over (DynamoDB deletes it days later), an item that makes
 * no sense, and its own claim when the answer to an earlier request was lost.
 */
const FREE = `NOT (
  (#status = :completed AND (attribute_not_exists(expiresAt) OR expiresAt > :now))
  OR (#status = :inProgress AND inProgressUntil BETWEEN :nowMs AND :latestMs AND NOT #owner = :owner))`;

type Request<T> = (client: DynamoDB, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

/**
 * Keeps the processed events in a DynamoDB table with the string key `eventKey` and the TTL attribute `expiresAt`. Each
 * event costs two writes. The AWS SDK of the Lambda runtime is loaded with the first event.
 *
 * Not Powertools Idempotency: it completes and deletes entries without a check that they are still its own, fails at once
 * where this waits for the other invocation, and keeps results, which events do not have.
 *
 * @see {@link https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and functions"}
 */
export function idempotencyTable({
  tableName,
  functionName,
  endpoint,
}: IdempotencyTableOptions): ProcessedEvents {
  const table = new Table(tableName, endpoint);
  return {
    claim: async (eventKey, { deadline, signal }) => {
      // Sources and ids may be longer than keys.
      const hash = createHash('sha256').update(eventKey).digest('hex');
      const claim = new ItemClaim(table, `${functionName}#${hash}`, deadline);
      return (await claim.begin(signal)) ? claim : undefined;
    },
  };
}

class ItemClaim implements Claim {
  readonly #table: Table;
  readonly #key: string;
  readonly #deadline: number;
  /** Of this claim alone: two partitions of one batch may hold the same event. */
  readonly #owner = randomUUID();

  constructor(table: Table, key: string, deadline: number) {
    this.#table = table;
    this.#key = key;
    this.#deadline = deadline;
  }

  /** Returns false when the event was processed before. */
  begin(signal: AbortSignal): Promise<boolean> {
    const attempt = async (): Promise<boolean> => {
      if (await this.#claim(signal)) return true;
      if (await this.#isCompleted(signal)) return false;
      throw new ServiceError('event_in_progress', 'Another invocation has not finished the event');
    };
    return retry(attempt, {
      pauseMs,
      signal,
      isPassing: (error) => error instanceof ServiceError && error.code === 'event_in_progress',
    });
  }

  async complete(): Promise<void> {
    const item = this.#item('COMPLETED');
    await this.#table.write(this.#untilDeadline(), (client, options) =>
      client.putItem({ TableName: this.#table.name, Item: item, ...this.#own() }, options),
    );
  }

  async abandon(): Promise<void> {
    const key = { eventKey: { S: this.#key } };
    await this.#table.write(this.#untilDeadline(), (client, options) =>
      client.deleteItem({ TableName: this.#table.name, Key: key, ...this.#own() }, options),
    );
  }

  #claim(signal: AbortSignal): Promise<boolean> {
    const item = { ...this.#item('IN_PROGRESS'), inProgressUntil: number(this.#deadline + GRACE_MS) };
    return this.#table.write(signal, (client, options) => {
      const nowMs = Date.now();
      const input: PutItemCommandInput = {
        TableName: this.#table.name,
        Item: item,
        ConditionExpression: FREE,
        ExpressionAttributeNames: { '#status': 'status', '#owner': 'owner' },
        ExpressionAttributeValues: {
          ':completed': { S: 'COMPLETED' },
          ':inProgress': { S: 'IN_PROGRESS' },
          ':owner': { S: this.#owner },
          ':now': number(seconds(nowMs)),
          ':nowMs': number(nowMs),
          ':latestMs': number(nowMs + LONGEST_CLAIM_MS),
        },
      };
      return client.putItem(input, options);
    });
  }

  async #isCompleted(signal: AbortSignal): Promise<boolean> {
    const key = { eventKey: { S: this.#key } };
    const { Item: item } = await this.#table.request(signal, (client, options) =>
      client.getItem({ TableName: this.#table.name, Key: key, ConsistentRead: true }, options),
    );
    return item?.status?.S === 'COMPLETED';
  }

  #item(status: string) {
    return {
      eventKey: { S: this.#key },
      status: { S: status },
      owner: { S: this.#owner },
      expiresAt: number(seconds(Date.now()) + REMEMBERED_SECONDS),
    };
  }

  #own() {
    return {
      ConditionExpression: OWN,
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': { S: this.#owner } },
    };
  }

  #untilDeadline(): AbortSignal {
    return AbortSignal.timeout(Math.max(0, this.#deadline - Date.now()));
  }
}

class Table {
  readonly name: string;
  readonly #endpoint: string | undefined;
  #client: DynamoDB | undefined;

  constructor(name: string, endpoint: string | undefined) {
    this.name = name;
    this.#endpoint = endpoint;
  }

  /** Returns false when the condition does not hold. */
  async write(signal: AbortSignal, request: Request<unknown>): Promise<boolean> {
    return this.request(signal, async (client, options) => {
      try {
        await request(client, options);
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
        throw error;
      }
    });
  }

  /**
   * Sends a request until it is answered.
   *
   * @throws ServiceError `idempotency_unavailable` when the signal ends that, `configuration_error` when the table refuses
   */
  async request<T>(signal: AbortSignal, request: Request<T>): Promise<T> {
    const attempt = async (): Promise<T> => {
      this.#client ??= await openClient(this.#endpoint);
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
      return request(this.#client, { abortSignal });
    };
    try {
      return await retry(attempt, { pauseMs, signal, isPassing });
    } catch (cause) {
      throw isPassing(cause)
        ? new ServiceError(
            'idempotency_unavailable',
            `The idempotency table ${this.name} did not answer in time: ${errorMessage(cause)}`,
            { cause },
          )
        : new ServiceError(
            'configuration_error',
            `The idempotency table ${this.name} refused the request: ${errorMessage(cause)}; check IDEMPOTENCY_TABLE, and dynamodb:GetItem, PutItem and DeleteItem in the role of the function`,
            { cause },
          );
    }
  }
}

async function openClient(endpoint: string | undefined): Promise<DynamoDB> {
  const { DynamoDB: Client } = await import('@aws-sdk/client-dynamodb');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const local = endpoint ? { endpoint, credentials, region: 'local' } : {};
  // Requests are repeated here, where the time that is left is known.
  return new Client({ maxAttempts: 1, ...local });
}

/** Whether the same request can succeed later: it was not answered, or with an error of the server or throttling. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'AbortError') return true;
  // What never became a request has none.
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  if (!isJsonObject(metadata)) return false;
  const { httpStatusCode } = metadata;
  return typeof httpStatusCode !== 'number' || httpStatusCode >= 500 || throttling.includes(error.name);
}

function number(value: number) {
  return { N: String(value) };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
