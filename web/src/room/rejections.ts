/** Many records that one peer brings and one cause refuses: the first is told at once, the others once a second. */

import type { RoomEvent } from '../notices.ts'
import type { RecordsRejected } from '../protocol/events.ts'

export const SUMMED_SECONDS = 1

/** What of one kind was refused in this second and not told; null: nothing. */
interface Sum {
  event: RecordsRejected | null
  timer: ReturnType<typeof setTimeout>
}

/** Sums up, and gives sums to *tell*. What our own user brought is told one by one: it waits for that. */
export class Rejections {
  readonly #tell: (event: RoomEvent) => void
  /** By cause, source and peer. */
  readonly #sums = new Map<string, Sum>()

  constructor(tell: (event: RoomEvent) => void) {
    this.#tell = tell
  }

  /** Say whether *event* is summed up with others instead of being told now. */
  take(event: RoomEvent): boolean {
    if (event.type !== 'RecordRejected' || event.peer === null) return false
    const { cause, source, reason, peer } = event
    const kind = JSON.stringify([cause, source, peer])
    const sum = this.#sums.get(kind)
    if (sum === undefined) this.#begin(kind)
    else sum.event = { type: 'RecordsRejected', count: (sum.event?.count ?? 0) + 1, cause, source, reason, peer }
    return sum !== undefined
  }

  /** Tell at once of what is summed up, and wait for nothing more. */
  close(): void {
    for (const [kind, { timer }] of [...this.#sums]) {
      clearTimeout(timer)
      this.#end(kind)
    }
  }

  #begin(kind: string): void {
    // What goes on is told once a second.
    const pass = () => this.#end(kind) && this.#begin(kind)
    this.#sums.set(kind, { event: null, timer: setTimeout(pass, SUMMED_SECONDS * 1_000) })
  }

  #end(kind: string): boolean {
    const event = this.#sums.get(kind)?.event ?? null
    this.#sums.delete(kind)
    if (event !== null) this.#tell(event)
    return event !== null
  }
}
