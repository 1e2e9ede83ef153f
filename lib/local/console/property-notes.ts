import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';
import { properties } from '../../mapping/properties.ts';
import {
  INVOCATIONS_PER_POLLER,
  LAG_BATCHES_PER_POLLER,
  ON_DEMAND_POLLERS,
  RETRY_BACKOFF_MS,
  SCALING_INTERVAL_MS,
} from '../mapping/choices.ts';
import type { PropertyView } from './wire.ts';

interface Note {
  /** In serverless.yml. */
  readonly name: string;
  readonly value: (declaration: EventSourceMappingDeclaration) => string;
  /** What it does with the value that it has. */
  readonly does: (declaration: EventSourceMappingDeclaration) => string;
  /** What AWS does otherwise, or does not document. */
  readonly aws?: string;
}

const unlimited = (value: number, unit: string): string => (value < 0 ? 'no limit' : `${value}${unit}`);

const notes: readonly Note[] = [
  {
    name: 'batchSize',
    value: ({ batchSize }) => String(batchSize),
    does: ({ batchSize }) =>
      `An invocation gets at most ${batchSize} records, and at most 6 MB of JSON, whichever comes first.`,
  },
  {
    name: 'maximumBatchingWindow',
    value: ({ batchingWindowMs }) => `${batchingWindowMs / 1_000} s`,
    does: ({ batchingWindowMs }) =>
      batchingWindowMs === 0
        ? 'Records are sent as they arrive.'
        : 'A batch that is not full goes out when its first record has waited this long.',
  },
  {
    name: 'startingPosition',
    value: ({ startingPosition }) => startingPosition,
    does: () => 'Where a partition begins that the consumer group has committed nothing for.',
  },
  {
    name: 'functionResponseType',
    value: ({ reportBatchItemFailures }) => (reportBatchItemFailures ? 'ReportBatchItemFailures' : 'none'),
    does: ({ reportBatchItemFailures }) =>
      reportBatchItemFailures
        ? 'The function names the records that failed, and only those are sent again.'
        : 'When the function throws, the whole batch is sent again.',
    aws: 'Which records are sent again is our choice among the wordings of AWS: those that are reported.',
  },
  {
    name: 'maximumRetryAttempts',
    value: ({ maximumRetryAttempts }) => unlimited(maximumRetryAttempts, ''),
    does: ({ maximumRetryAttempts, onFailureDestination }) =>
      maximumRetryAttempts >= 0
        ? `After ${maximumRetryAttempts} retries a record is given up.`
        : onFailureDestination === undefined
          ? 'A record that fails is tried until it succeeds; it holds up its partition.'
          : 'With an on-failure destination a record is given up after ten retries.',
    aws: `AWS documents no pause between attempts: here ${RETRY_BACKOFF_MS.first} ms, doubling to ${RETRY_BACKOFF_MS.longest / 1_000} s.`,
  },
  {
    name: 'maximumRecordAgeInSeconds',
    value: ({ maximumRecordAgeSeconds }) => unlimited(maximumRecordAgeSeconds, ' s'),
    does: ({ maximumRecordAgeSeconds }) =>
      maximumRecordAgeSeconds < 0
        ? 'No record is too old to be sent.'
        : 'A record that is older is given up instead of sent.',
  },
  {
    name: 'bisectBatchOnFunctionError',
    value: ({ bisectBatchOnFunctionError }) => String(bisectBatchOnFunctionError),
    does: ({ bisectBatchOnFunctionError }) =>
      bisectBatchOnFunctionError
        ? 'A batch that fails is split in two, until the record that fails is alone. Splitting uses up no retry.'
        : 'A batch that fails is sent again as it is.',
  },
  {
    name: 'onFailure',
    value: ({ onFailureDestination }) => onFailureDestination ?? 'none',
    does: ({ onFailureDestination }) =>
      onFailureDestination === undefined
        ? 'Records that are given up are dropped, counted and logged.'
        : 'Records that are given up go there, with the reason.',
    aws: 'SQS, SNS and S3 are files in the data directory, unless AWS_ENDPOINT_URL names an emulator.',
  },
  {
    name: 'filterPatterns',
    value: ({ filterPatterns }) =>
      filterPatterns.length === 0
        ? 'none'
        : filterPatterns.map((pattern) => JSON.stringify(pattern)).join(' or '),
    does: ({ filterPatterns }) =>
      filterPatterns.length === 0
        ? 'The function gets every record.'
        : 'The function gets the records whose value matches one of them; the others count as done.',
    aws: 'AWS does not say what happens to tombstones: here they pass.',
  },
  {
    name: 'provisionedPollers',
    value: ({ pollers }) =>
      pollers === undefined ? 'on-demand mode' : `${pollers.minimum} to ${pollers.maximum}`,
    does: () =>
      `Pollers share the partitions. Each keeps at most ${INVOCATIONS_PER_POLLER} invocations in flight, never two of one partition.`,
    aws: `On-demand mode starts with ${ON_DEMAND_POLLERS.minimum}; one is added each ${SCALING_INTERVAL_MS / 1_000} s while each lags by more than ${LAG_BATCHES_PER_POLLER} batches. AWS only says that it scales by lag.`,
  },
  {
    name: 'schemaRegistry',
    value: ({ schemaRegistry }) => (schemaRegistry === undefined ? 'none' : 'declared'),
    does: ({ schemaRegistry }) =>
      schemaRegistry === undefined
        ? 'Values are sent as they are.'
        : 'Values are decoded with their schema before the function gets them.',
    aws: 'Avro, Protobuf and the credentials of a registry are not emulated.',
  },
  {
    name: 'logLevel',
    value: ({ logLevel }) => logLevel ?? 'none',
    does: ({ logLevel }) =>
      logLevel === undefined
        ? 'The mapping writes no system log.'
        : 'The mapping writes its system log as AWS does.',
  },
];

/** Says of each declared property what it does here, and what AWS does otherwise. */
export function propertyViews(declaration: EventSourceMappingDeclaration): PropertyView[] {
  return notes.map(({ name, value, does, aws }) => ({
    name,
    value: value(declaration),
    does: does(declaration),
    aws,
  }));
}

/** Names of the notes that no property has; a test keeps it empty. */
export function unknownNotes(): string[] {
  return notes
    .map(({ name }) => name)
    .filter((name) => !properties.some((property) => property.name === name));
}
