/** What waits in lanes, which are served in turn: whoever has much waiting delays itself. */

/** A queue of lanes, each in the order of its own; that of null goes before all others. */
export class Turns<K, T> {
  /** How much waits. */
  size = 0
  readonly #lanes = new Map<K | null, T[]>([[null, []]])

  /** Append *item* to the lane of *key*. */
  put(key: K | null, item: T): void {
    this.size++
    const lane = this.#lanes.get(key)
    if (lane) lane.push(item)
    else this.#lanes.set(key, [item])
  }

  /** What `take` would give. */
  get next(): T | undefined {
    for (const [item] of this.#lanes.values()) if (item !== undefined) return item
    return undefined
  }

  /** Take what is next out; the lane it was in goes behind all others. */
  take(): T | undefined {
    for (const [key, lane] of this.#lanes) {
      const item = lane.shift()
      if (item === undefined) continue
      this.size--
      if (key !== null) {
        this.#lanes.delete(key)
        if (lane.length > 0) this.#lanes.set(key, lane)
      }
      return item
    }
    return undefined
  }

  /** Take out what came last in the last lane. */
  giveUp(): T | undefined {
    const [key, lane] = [...this.#lanes].findLast(([, { length }]) => length > 0) ?? []
    if (lane === undefined) return undefined
    this.size--
    const item = lane.pop()
    if (key !== null && lane.length === 0) this.#lanes.delete(key as K)
    return item
  }
}
