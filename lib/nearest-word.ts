/** Letters that may differ in a mistyped word. */
const MAX_DISTANCE = 2;

/**
 * The known word that was probably meant; case and dashes are ignored.
 *
 * @returns undefined when none is close
 */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(normal(word), normal(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.min(MAX_DISTANCE, normal(candidate).length / 2))
    .toSorted((a, b) => a.distance - b.distance);
  return nearest?.candidate;
}

function normal(word: string): string {
  return word.toLowerCase().replaceAll('-', '');
}

/** The insertions, deletions and replacements that turn one word into another (Levenshtein). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
