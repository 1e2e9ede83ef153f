import { VirtualClock } from '../../../../lib/capacity/virtual-clock.ts';

test('appointments are kept in the order of their times, those of one time as they were made', async () => {
  const clock = new VirtualClock();
  const kept: string[] = [];
  for (const [name, ms] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
    ['b again', 20],
  ] as const) {
    clock.after(ms, () => kept.push(`${name} at ${clock.now()}`));
  }
  await clock.run(100);
  expect(kept).toEqual(['a at 10', 'b at 20', 'b again at 20', 'c at 30']);
  expect(clock.now()).toBe(100);
});

test('what was called off is not called back, and nothing after the end', async () => {
  const clock = new VirtualClock();
  const kept: string[] = [];
  const callOff = clock.after(10, () => kept.push('called off'));
  clock.after(200, () => kept.push('too late'));
  callOff();
  await clock.run(100);
  expect(kept).toEqual([]);
});

test('who sleeps goes on before time does', async () => {
  const clock = new VirtualClock();
  const woken: number[] = [];
  const sleepTwice = async (): Promise<void> => {
    await clock.sleep(10);
    woken.push(clock.now());
    await clock.sleep(10);
    woken.push(clock.now());
  };
  void sleepTwice();
  clock.after(25, () => {});
  await clock.run(30);
  expect(woken).toEqual([10, 20]);
});
