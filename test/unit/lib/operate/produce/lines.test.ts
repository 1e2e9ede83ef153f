import { Readable } from 'node:stream';
import fc from 'fast-check';
import { linesIn } from '../../../../../lib/operate/produce/lines.ts';

const never = new AbortController().signal;

async function linesOf(chunks: readonly Buffer[]) {
  const lines: { number: number; text: string }[] = [];
  for await (const together of linesIn(Readable.from(chunks), never)) lines.push(...together);
  return lines;
}

test('lines are the same however a stream is cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n\ufeff]/.test(text));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(20)), async (texts, cuts) => {
      const bytes = Buffer.from(texts.join('\n'));
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(bytes.subarray(at));
      const numbered = texts.map((text, index) => ({ number: index + 1, text }));
      expect(await linesOf(chunks)).toEqual(numbered.filter(({ text }) => text.trim() !== ''));
    }),
  );
});

test('line ends of Windows and a byte order mark are no part of a line', async () => {
  expect(await linesOf([Buffer.from('\ufeffa\r\n\r\nb\r\n')])).toEqual([
    { number: 1, text: 'a' },
    { number: 3, text: 'b' },
  ]);
});

test('a stream without line ends is refused before it fills the memory', async () => {
  const endless = Array.from({ length: 10 }, () => Buffer.alloc(1024 * 1024, 'a'));
  await expect(linesOf(endless)).rejects.toThrow('Line 1 is longer than 8388608 bytes');
});

test('what waits for input can be stopped', async () => {
  const stop = new AbortController();
  const waiting = new Readable({ read: () => {} });
  const lines = linesIn(waiting, stop.signal).next();
  stop.abort();
  expect(await lines).toEqual({ done: true, value: undefined });
  waiting.destroy();
});
