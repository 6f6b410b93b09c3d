/** A list that keeps its newest elements only. */

/** The last *size* elements that were added, oldest first. */
export class Ring<T> {
  readonly size: number
  #elements: T[] = []
  #total = 0

  constructor(size: number) {
    this.size = size
  }

  /** How many elements were ever added. */
  get total(): number {
    return this.#total
  }

  /** The newest element; null when there is none. */
  get last(): T | null {
    return this.#elements.at(-1) ?? null
  }

  /** Add *element*; the oldest one goes when there are more than *size*. */
  push(element: T): void {
    this.#elements.push(element)
    this.#total += 1
    // Moving all elements for each one that comes would cost *size* steps; this costs two.
    if (this.#elements.length >= this.size * 2) this.#elements = this.elements()
  }

  /** Put *element* in the place of the newest one. */
  replaceLast(element: T): void {
    if (this.#elements.length > 0) this.#elements[this.#elements.length - 1] = element
  }

  /** Give a copy of what is kept, oldest first. */
  elements(): T[] {
    return this.#elements.slice(-this.size)
  }

  /** Forget all elements. */
  clear(): void {
    this.#elements = []
  }
}
