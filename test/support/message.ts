/** Data of a valid `message.posted` event. */
export function message(id: number) {
  return { id, message: `message ${id}`, timestamp: 1_760_000_000.5 };
}
