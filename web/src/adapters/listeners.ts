/** Who wants to know of which collections something changed. */

/** Tells everybody, of nothing never. */
export class Listeners {
  readonly #listeners = new Set<(collections: ReadonlySet<string>) => void>()

  /** Tell *listener*, too, until what is given back is called. */
  add(listener: (collections: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tell everybody of *collections*. */
  tell(collections: ReadonlySet<string>): void {
    if (collections.size === 0) return
    for (const listener of [...this.#listeners]) listener(collections)
  }
}
