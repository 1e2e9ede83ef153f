import { type DeadLetterKind, rejectedByFunction } from './dead-letter.ts';
import { givenUpByMapping } from './failure-document.ts';

/** The first word of the commands about a kind of dead letters. */
export type KindName = 'dead-letters' | 'failed';

/** The records that functions rejected, and those that event source mappings gave up. */
export const kinds: Readonly<Record<KindName, DeadLetterKind>> = {
  'dead-letters': rejectedByFunction,
  failed: givenUpByMapping,
};
