/**
 * Does some work and closes what it used. When both fail, it throws the failure of the work, because that one usually
 * caused the other.
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
