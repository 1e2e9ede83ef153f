/** A function that does nothing: what any other costs at least. */
export async function handler(): Promise<object> {
  return {};
}
