/** The rooms that this page is in: one that is joined twice is one peer here, and who leaves last leaves it. */

/** One who joined, and what all who did share. */
export interface Share<Peer> {
  readonly peer: Peer
  /** Go; say whether nobody is left, who then closes the peer and calls `closed`. */
  readonly depart: () => boolean
  readonly closed: () => void
  /** What else ends when it is closed. */
  readonly ends: (() => void)[]
}

interface Entry<Peer> {
  readonly opening: Promise<Peer>
  holders: number
  /** Settled once it is closed; null while somebody holds it. */
  closing: Promise<void> | null
  readonly ends: (() => void)[]
}

/** What is open in this page, by name. */
export class Shares<Peer> {
  readonly #entries = new Map<string, Entry<Peer>>()

  /**
   * Share what is open under *name*, when it may be, or *open* it; whoever is just leaving it is waited for.
   *
   * Throws what *check* throws when others hold it, and what *open* throws.
   */
  async take(name: string, open: () => Promise<Peer>, check: (peer: Peer) => void): Promise<Share<Peer>> {
    for (;;) {
      const entry = this.#entries.get(name)
      if (entry === undefined) return await this.#hold(name, this.#open(name, open), () => {})
      if (entry.closing === null) return await this.#hold(name, entry, check)
      await entry.closing
    }
  }

  #open(name: string, open: () => Promise<Peer>): Entry<Peer> {
    const entry: Entry<Peer> = { opening: open(), holders: 0, closing: null, ends: [] }
    this.#entries.set(name, entry)
    return entry
  }

  async #hold(name: string, entry: Entry<Peer>, check: (peer: Peer) => void): Promise<Share<Peer>> {
    entry.holders += 1
    try {
      const peer = await entry.opening
      check(peer)
      return { peer, ...this.#ways(name, entry) }
    } catch (error) {
      entry.holders -= 1
      // Nobody else holds what others were refused, or what never opened.
      if (entry.holders === 0 && this.#entries.get(name) === entry) this.#entries.delete(name)
      throw error
    }
  }

  #ways(name: string, entry: Entry<Peer>): Omit<Share<Peer>, 'peer'> {
    let end = () => {}
    const depart = () => {
      entry.holders -= 1
      if (entry.holders > 0) return false
      entry.closing = new Promise(resolve => {
        end = resolve
      })
      return true
    }
    const closed = () => {
      this.#entries.delete(name)
      for (const each of [...entry.ends, end]) each()
    }
    return { depart, closed, ends: entry.ends }
  }
}
