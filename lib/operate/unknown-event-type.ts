import { abbreviated } from '../errors.ts';
import { nearestWord } from '../nearest-word.ts';
import { catalogue } from '../schema/catalogue.ts';

/** What to say about a word that is no event type of the catalogue: the one that was probably meant, or all there are. */
export function unknownEventType(word: string): string {
  const known = catalogue.map(({ type }) => type);
  const nearest = nearestWord(word, known);
  const hint = nearest === undefined ? `it has ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `The catalogue has no event type "${abbreviated(word)}"; ${hint}`;
}
