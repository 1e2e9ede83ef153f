/** A line of text, counted from 1. */
export interface NumberedLine {
  readonly number: number;
  readonly text: string;
}

/** A record batch has about 1 MB: a longer line is not an event, and would be kept in memory until its end. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * Cuts a stream into lines, without those that are empty. Lines that came together are handed on together.
 *
 * @param signal - aborted to stop, also while nothing comes
 * @throws Error when a line is too long
 */
export async function* linesIn(
  input: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<NumberedLine[], void> {
  let number = 0;
  let rest: Buffer[] = [];
  const take = (bytes: Buffer): NumberedLine[] => {
    number++;
    const text = bytes.toString().replace(/\r$/, '');
    return text.trim() === '' ? [] : [{ number, text: number === 1 ? text.replace(/^\ufeff/, '') : text }];
  };
  for await (const chunk of untilAborted(input, signal)) {
    const lines: NumberedLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      lines.push(...take(Buffer.concat([...rest, chunk.subarray(start, end)])));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    if (rest.reduce((bytes, part) => bytes + part.length, 0) > MAX_LINE_BYTES) {
      throw new Error(
        `Line ${number + 1} is longer than ${MAX_LINE_BYTES} bytes: write one event on each line`,
      );
    }
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0 && !signal.aborted) yield take(Buffer.concat(rest));
}

async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const iterator = items[Symbol.asyncIterator]();
  let stop = (): void => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const next = await Promise.race([iterator.next(), stopped]);
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
