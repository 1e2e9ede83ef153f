import { closing } from '../../../../lib/operate/closing.ts';

const fails = (message: string) => () => Promise.reject(new Error(message));

test('closes after the work, and hands its result on', async () => {
  const steps: string[] = [];
  const result = await closing(
    async () => void steps.push('closed'),
    async () => steps.push('worked'),
  );
  expect([result, steps]).toEqual([1, ['worked', 'closed']]);
});

test('a failure to close does not hide what went wrong before it', async () => {
  await expect(closing(fails('connection lost'), fails('no such topic'))).rejects.toThrow('no such topic');
  await expect(closing(fails('connection lost'), async () => {})).rejects.toThrow('connection lost');
});
