/**
 * Does some work and closes what it needed. When both fail, the failure of the work is the one to tell: the other usually
 * follows from it.
 */
export async function closing<Result>(
  close: () => Promise<void>,
  work: () => Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
  await close();
  return result;
}
