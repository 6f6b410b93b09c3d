/** Who wants to know in which collections something changed. */

import type { Turnover } from '../documents/document.ts'

/** What changed in which collections. */
export type Changed = ReadonlyMap<string, Turnover | null>

/** Tells everybody, of nothing never. */
export class Listeners {
  readonly #listeners = new Set<(changed: Changed) => void>()

  /** Tell *listener*, too, until what is given back is called. */
  add(listener: (changed: Changed) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tell everybody what *changed*. */
  tell(changed: Changed): void {
    if (changed.size === 0) return
    for (const listener of [...this.#listeners]) listener(changed)
  }
}
