/** The ids of stanzas the server makes itself: `mock-1` and so on. */
export class StanzaIds {
  #count = 0;

  next(): string {
    return `mock-${++this.#count}`;
  }

  toSnapshot(): number {
    return this.#count;
  }

  fromSnapshot(count: number): void {
    this.#count = count;
  }
}
