/** Wakes up loops that wait, without a timer. */
export class WakeUp {
  #resolve: () => void = () => {};
  #next = this.#create();

  /** Resolves when it rings the next time. */
  wait(): Promise<void> {
    return this.#next;
  }

  /** Wakes all waiting loops. */
  ring(): void {
    const resolve = this.#resolve;
    this.#next = this.#create();
    resolve();
  }

  #create(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
