import { contentOf } from '../../content.ts';
import { abbreviated } from '../../errors.ts';
import type { ConsumedRecord } from '../../kafka/reading/consumed-record.ts';
import { catalogue } from '../../schema/catalogue.ts';
import { DEFAULT_TOPIC, type EventType } from '../../schema/event-type.ts';
import { attributeIn, claimedType, fromKafkaRecord } from '../../schema/kafka-binding.ts';
import { loggableKey } from '../../schema/redaction.ts';
import { REDACTED, type Redact, redactionOf } from '../../schema/sensitive.ts';
import { validateEvent } from '../../schema/validation.ts';
import type { EventTypeView } from './wire.ts';

/** Longer values are not parsed for a list. */
const MAX_PARSED_BYTES = 65_536;
const CORRELATION_HEADER = 'correlation-id';

/** What the console shows of a record: nothing in it is sensitive. */
export interface ShownRecord {
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly correlationId: string | undefined;
  readonly key: string | null;
  /** Redacted; undefined when it cannot be read as an event of the catalogue. */
  readonly data: unknown;
  /** Text to show in place of data. */
  readonly text: string;
  readonly problem: string | undefined;
  /** Whether its type has data that must not be shown. */
  readonly hasSensitive: boolean;
}

interface KnownType {
  readonly eventType: EventType;
  readonly redact: Redact | undefined;
}

/** The event types as they are now, which may be others than at the start, and what may be shown of their events. */
export class ConsoleCatalogue {
  readonly #logicalTopic: (name: string) => string;
  #types = new Map<string, KnownType>();
  #version = 0;

  /** @param logicalTopic - the name of a topic without the prefix of a deployment */
  constructor(
    logicalTopic: (name: string) => string,
    eventTypes: readonly EventType[] = Object.values<EventType>(catalogue),
  ) {
    this.#logicalTopic = logicalTopic;
    this.replace(eventTypes);
  }

  /** Goes up with every change. */
  get version(): number {
    return this.#version;
  }

  replace(eventTypes: readonly EventType[]): void {
    this.#version++;
    this.#types = new Map(
      eventTypes.map((eventType) => [
        eventType.type,
        { eventType, redact: redactionOf(eventType.revisions.at(-1)).redact },
      ]),
    );
  }

  /** @param topicName - the name on the cluster of a topic of the catalogue */
  view(topicName: (logical: string) => string): EventTypeView[] {
    // It loads fast-check, which a run that nobody looks at must not pay for.
    const { exampleData }: typeof import('../../schema/example.ts') = require('../../schema/example.ts');
    return [...this.#types.values()].map(({ eventType, redact }) => ({
      type: eventType.type,
      topic: topicName(eventType.topic ?? DEFAULT_TOPIC),
      revisions: eventType.revisions,
      hasSensitive: redact !== undefined,
      example: exampleData(eventType.revisions.at(-1)),
    }));
  }

  /**
   * Decodes a record for the eye, and leaves out what is sensitive.
   *
   * @param topic - on the cluster
   * @param whole - parses values of any size
   */
  show(topic: string, record: ConsumedRecord, whole = false): ShownRecord {
    const { partition, offset, value } = record;
    const headers = record.headers.map(
      ([name, bytes]) => [name, contentOf(bytes ?? Buffer.alloc(0))] as const,
    );
    const content = value && contentOf(value);
    const received = { topic, partition, offset, value: content, headers };
    const logical = this.#logicalTopic(topic);
    const isParsed = whole || (value?.length ?? 0) <= MAX_PARSED_BYTES;
    const type = isParsed ? claimedType(received, logical) : attributeIn(received, 'type');
    const known = type === undefined ? undefined : this.#types.get(type);
    const hasSensitive = known?.redact !== undefined;
    const common = {
      type: type && abbreviated(type),
      id: attributeIn(received, 'id'),
      correlationId: headers.findLast(([name]) => name === CORRELATION_HEADER)?.[1].text,
      hasSensitive,
    };
    const unread = (problem: string | undefined): ShownRecord => ({
      ...common,
      key: hasSensitive ? record.key && REDACTED : textOf(record.key),
      data: undefined,
      text: hasSensitive ? REDACTED : (content?.text ?? ''),
      problem,
    });
    if (!isParsed) return unread(undefined);
    const event = fromKafkaRecord(received, logical);
    if (!event.ok) return unread(event.issues[0]?.message ?? event.code);
    const { attributes } = event.value;
    const checked = validateEvent(event.value);
    const { data, hidden } = redacted(known?.redact, event.value.data);
    return {
      ...common,
      id: attributes.id,
      type: attributes.type,
      key: this.#key(record.key, { type: attributes.type, data: event.value.data }, hidden),
      data,
      text: JSON.stringify(data) ?? '',
      problem: checked.ok
        ? undefined
        : checked.issues.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join(' '),
    };
  }

  #key(
    key: Buffer | null,
    event: { type: string; data: unknown },
    hidden: readonly unknown[],
  ): string | null {
    const text = textOf(key);
    if (text === null || hidden.length === 0) return text;
    const isAsAtStart = catalogue.some(({ type }) => type === event.type);
    return isAsAtStart ? loggableKey(event, text) : REDACTED;
  }
}

function redacted(redact: Redact | undefined, data: unknown): { data: unknown; hidden: readonly unknown[] } {
  const hidden: unknown[] = [];
  return { data: redact ? redact(data, hidden) : data, hidden };
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString();
}
