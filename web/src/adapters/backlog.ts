/** How much waits to be sent to one peer. */

import { SEND_QUEUE_BYTES_PER_PEER_MAX, SEND_QUEUE_HIGH_BYTES, SEND_QUEUE_LOW_BYTES } from '../core/limits.ts'

/** Counts it, and tells when it is too much, and when most of that has left. */
export class Backlog {
  readonly #onClogged: (isClogged: boolean) => void
  #bytes = 0
  #isClogged = false

  constructor(onClogged: (isClogged: boolean) => void) {
    this.#onClogged = onClogged
  }

  /** More waits than can be held; whoever adds nothing that can wait while it is clogged does not come to this. */
  get isFull(): boolean {
    return this.#bytes > SEND_QUEUE_BYTES_PER_PEER_MAX
  }

  /** Count *bytes* more; those that left are negative. */
  add(bytes: number): void {
    this.#bytes += bytes
    const isClogged = this.#bytes > (this.#isClogged ? SEND_QUEUE_LOW_BYTES : SEND_QUEUE_HIGH_BYTES)
    if (isClogged === this.#isClogged) return
    this.#isClogged = isClogged
    this.#onClogged(isClogged)
  }
}
