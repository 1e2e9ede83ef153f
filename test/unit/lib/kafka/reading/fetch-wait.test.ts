import { FetchWait } from '../../../../../lib/kafka/reading/fetch-wait.ts';

const LONGEST_MS = 200;

describe('how long a leader waits for the first record', () => {
  it('waits long while all its partitions are asked for: none is delayed', () => {
    const wait = new FetchWait();

    expect(wait.ms(true)).toBe(LONGEST_MS);
  });

  it('waits briefly while a partition has enough: that may soon want records', () => {
    const wait = new FetchWait();

    expect(wait.ms(false)).toBeLessThan(10);
  });

  it('delays such a partition by no more than it was held up before', () => {
    const wait = new FetchWait();
    let heldUpMs = wait.ms(false);

    for (let fetch = 0; fetch < 20; fetch++) {
      wait.answered(false);
      expect(wait.ms(false)).toBeLessThanOrEqual(Math.min(2 * heldUpMs, LONGEST_MS));
      heldUpMs += wait.ms(false);
    }
    expect(wait.ms(false)).toBe(LONGEST_MS);
  });

  it('waits briefly again once records came', () => {
    const wait = new FetchWait();
    for (let fetch = 0; fetch < 20; fetch++) wait.answered(false);

    wait.answered(true);

    expect(wait.ms(false)).toBeLessThan(10);
  });
});
