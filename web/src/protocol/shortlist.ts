/** Short ids that one of two neighbours named to the other, no more than are worth remembering. */

/** A set of *limit* of them at most: what comes when it is full is not remembered. */
export class Shortlist {
  readonly #limit: number
  readonly #known = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#known.size
  }

  has(short: string): boolean {
    return this.#known.has(short)
  }

  /** Remember *shortIds*, as far as there is room. */
  note(shortIds: readonly string[]): void {
    for (const short of shortIds.slice(0, this.#limit - this.#known.size)) this.#known.add(short)
  }
}
