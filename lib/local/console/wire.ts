/** What server and page of the console exchange, as JSON. */

/** What became of a record, as far as event source mappings are concerned. */
export type EventState =
  /** No mapping reads its topic. */
  | 'unread'
  | 'waiting'
  | 'processing'
  | 'retrying'
  | 'done'
  | 'filtered'
  /** The function has sent it to the dead letter topic. */
  | 'dead-lettered'
  /** The mapping has given it up. */
  | 'discarded'
  | 'skipped';

/** A record in a list. */
export interface EventRow {
  /** `<topic>/<partition>/<offset>`. */
  readonly place: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When it was appended, or first seen on a cluster of others; epoch milliseconds. */
  readonly at: number;
  readonly type?: string | undefined;
  readonly id?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly key: string | null;
  /** The data, redacted and shortened. */
  readonly preview: string;
  /** Why it is no event of the catalogue. */
  readonly problem?: string | undefined;
  readonly state: EventState;
  readonly attempts: number;
}

/** What changed about a record that was sent before. */
export type ChangedRow = Pick<EventRow, 'place' | 'state' | 'attempts'>;

export type Tone = 'good' | 'bad' | 'waiting' | 'neutral';

/** One step on the way of an event. */
export interface Step {
  readonly at: number;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly tone: Tone;
}

/** A line that a function printed. */
export interface LogLine {
  readonly at: number;
  readonly functionName: string;
  readonly level: string;
  readonly text: string;
}

/** One event with its whole way. */
export interface EventDetail {
  readonly row: EventRow;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Redacted, formatted, shortened. */
  readonly data: string;
  readonly bytes: number;
  readonly steps: readonly Step[];
  readonly lines: readonly LogLine[];
}

/** Offsets of one partition: runs from first to last. */
export interface PartitionRuns {
  readonly partition: number;
  readonly runs: readonly (readonly [first: number, last: number])[];
}

/** One invocation with a batch, or with a part of it. */
export interface InvocationView {
  readonly batch: number;
  readonly invocation: number;
  readonly attempt: number;
  readonly records: number;
  readonly offsets: readonly PartitionRuns[];
  readonly at: number;
  readonly durationMs?: number | undefined;
  readonly outcome?: 'success' | 'partial' | 'failure' | 'uncounted' | undefined;
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
  /** How many records are sent again, by further invocation. */
  readonly retry?: readonly number[] | undefined;
  readonly pauseMs?: number | undefined;
  readonly duplicated?: boolean | undefined;
}

export interface PartitionView {
  readonly partition: number;
  readonly end: number;
  readonly consumed: number;
  readonly committed: number | null;
  readonly lag: number;
  /** Lag by sample, the newest last. */
  readonly history: readonly number[];
}

/** Records that the mapping will not send any more. */
export interface GivenUpView {
  readonly at: number;
  readonly what: 'filtered' | 'discarded' | 'skipped';
  readonly offsets: readonly PartitionRuns[];
  readonly records: number;
  readonly condition?: string | undefined;
  readonly destination?: string | undefined;
}

export interface MappingView {
  readonly uuid: string;
  readonly state: string;
  readonly lastResult: string;
  readonly pollers: number;
  readonly partitions: readonly PartitionView[];
  readonly invocations: readonly InvocationView[];
  readonly givenUp: readonly GivenUpView[];
  readonly problems: readonly { readonly at: number; readonly text: string }[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** A declared property of a mapping. */
export interface PropertyView {
  readonly name: string;
  readonly value: string;
  readonly does: string;
  /** What AWS does otherwise, or does not say. */
  readonly aws?: string | undefined;
}

export interface DeclaredMapping {
  readonly uuid: string;
  readonly functionName: string;
  readonly topic: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly destination?: string | undefined;
  readonly deadLetterTopic: string;
  readonly properties: readonly PropertyView[];
}

export interface EventTypeView {
  readonly type: string;
  readonly topic: string;
  readonly revisions: readonly unknown[];
  readonly hasSensitive: boolean;
  /** Valid data, made from the newest revision. */
  readonly example: unknown;
}

/** What stays as it is until an event type or `npm start` changes. */
export interface ServiceView {
  readonly service: string;
  /** Differs for each `npm start`. */
  readonly run: string;
  readonly brokers: string;
  readonly embedded: boolean;
  readonly readOnly: boolean;
  readonly httpApi: string;
  readonly routes: readonly { readonly key: string; readonly functionName: string }[];
  readonly publishRoute?: string | undefined;
  readonly functions: readonly string[];
  readonly publishers: readonly string[];
  readonly mappings: readonly DeclaredMapping[];
  readonly eventTypes: readonly EventTypeView[];
  readonly keptEvents: number;
}

/** What is sent again and again. */
export interface Frame {
  readonly at: number;
  /** Records since the start. */
  readonly total: number;
  /** Records kept, of which the page can ask for details. */
  readonly kept: number;
  readonly perSecond: number;
  /** Records of this frame that match and are not shown. */
  readonly omitted: number;
  /** Another number: event types have changed, and the service is to be asked for again. */
  readonly catalogue: number;
  readonly rows: readonly EventRow[];
  readonly changed: readonly ChangedRow[];
  /** Absent when nothing has changed. */
  readonly mappings?: readonly MappingView[] | undefined;
  readonly faults?: FaultsView | undefined;
  readonly replay?: ReplayView | undefined;
}

export interface FunctionFaultView {
  readonly functionName: string;
  readonly kind: FunctionFaultKind;
  /** Invocations that it still applies to; null for all until it is ended. */
  readonly times: number | null;
  readonly delayMs: number;
}

export type FunctionFaultKind = 'fail' | 'delay' | 'crash';

export interface FaultsView {
  readonly functions: readonly FunctionFaultView[];
  /** The broker refuses connections until then. */
  readonly brokerDownUntil: number | null;
  /** Batches that each mapping still delivers twice. */
  readonly duplicates: Readonly<Record<string, number>>;
}

export interface ReplayView {
  readonly id: number;
  readonly topic: string;
  readonly asked: number | null;
  readonly lines: readonly string[];
  readonly problems: readonly string[];
  readonly note: string;
  readonly running: boolean;
}

/** Records that functions rejected, or that event source mappings gave up. */
export type LetterKind = 'dead-letters' | 'failed';

/** A dead letter, or a record that the mapping gave up. */
export interface LetterView {
  readonly coordinates: string;
  readonly kind: LetterKind;
  readonly time?: string | undefined;
  readonly replayed: boolean;
  readonly original?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly type?: string | undefined;
  readonly id?: string | undefined;
  readonly functionName?: string | undefined;
}

export interface LettersView {
  readonly topics: readonly {
    readonly name: string;
    readonly kind: LetterKind;
    readonly total: number;
    readonly open: number;
    /** Why it cannot be read. */
    readonly problem?: string | undefined;
  }[];
  readonly letters: readonly LetterView[];
  /** How many at most are listed of each topic: the newest. */
  readonly listed: number;
}

export interface LetterDetail extends LetterView {
  readonly key: Bytes | null;
  readonly value: Bytes | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The data as the catalogue reads it, redacted. */
  readonly decoded?: string | undefined;
  readonly problem?: string | undefined;
  /** Its type marks data as sensitive: bytes are shown on demand only. */
  readonly hidden: boolean;
  /** Why it cannot be sent again. */
  readonly unrestorable?: string | undefined;
}

export interface Bytes {
  readonly length: number;
  /** Where they are printable UTF-8. */
  readonly text?: string | undefined;
  readonly base64?: string | undefined;
}
