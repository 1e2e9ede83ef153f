import type { Clock } from '../local/mapping/clock.ts';

interface Appointment {
  readonly at: number;
  /** Those of one time are kept in the order in which they were made. */
  readonly order: number;
  callback: (() => void) | undefined;
}

/** A clock that jumps from one appointment to the next, so that hours pass in a moment. */
export class VirtualClock implements Clock {
  #now = 0;
  #made = 0;
  /** A binary heap, the next one on top. */
  readonly #appointments: Appointment[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const appointment: Appointment = { at: this.#now + Math.max(0, ms), order: this.#made++, callback };
    this.#add(appointment);
    return () => {
      appointment.callback = undefined;
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /**
   * Lets time pass.
   *
   * @param until - ms; appointments after it are not kept
   * @param isOver - ends it sooner
   */
  async run(until: number, isOver: () => boolean = () => false): Promise<void> {
    for (
      let next = this.#appointments[0];
      next !== undefined && next.at <= until;
      next = this.#appointments[0]
    ) {
      this.#removeFirst();
      if (next.callback === undefined) continue;
      this.#now = next.at;
      next.callback();
      // What the callback has resolved goes on before time does.
      await new Promise(setImmediate);
      if (isOver()) return;
    }
    this.#now = until;
  }

  #add(appointment: Appointment): void {
    const heap = this.#appointments;
    let index = heap.length;
    heap.push(appointment);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, appointment)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = appointment;
  }

  #removeFirst(): void {
    const heap = this.#appointments;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const [child, at] = b !== undefined && isBefore(b, a) ? [b, left + 1] : [a, left];
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = at;
    }
    heap[index] = last;
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
