/**
 * What expires while readers look: they do not see it any more, and are told so (NIP-40).
 *
 * Each peer goes by its own clock. What has expired stays in the set, for roots are to be equal.
 */

import { bisectRight } from '../core/bisect.ts'
import type { UnixTime } from '../core/clock.ts'
import { expiresAt, hasExpired } from '../core/expiration.ts'
import { EXPIRATIONS_AWAITED_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { RoomEvent } from '../notices.ts'

/** Stands for a policy where a record is hidden because it has expired. */
export const EXPIRATION = 'expiration'
/** How late it is noticed at most that the clock was set. */
const LOOK_SECONDS_MAX = 60

/** Hides what has expired by *now*, and lets *tell* know when it happens to what came, or was shown, before. */
export class Expirations {
  readonly #now: () => UnixTime
  readonly #tell: (event: RoomEvent) => void
  /** When what is awaited expires, the first first. */
  readonly #times: number[] = []
  /** What expires then. */
  readonly #queue: RecordId[] = []
  /** Of these, what was not deleted since. */
  readonly #ids = new Set<RecordId>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(now: () => UnixTime, tell: (event: RoomEvent) => void) {
    this.#now = now
    this.#tell = tell
  }

  /** Say whether readers do not see *record* any more. */
  hides(record: Record): boolean {
    return hasExpired(record, this.#now())
  }

  /** Await that *records* expire, those that do; of too many, the first to. */
  expect(records: Iterable<Record>): void {
    for (const record of records) {
      const at = expiresAt(record)
      if (at !== null && !this.#ids.has(record.id)) this.#await(at, record.id)
    }
  }

  /** Follow the member set. */
  take(event: RoomEvent): void {
    if (event.type === 'RecordAdded') this.expect([event.record])
    else if (event.type === 'RecordDeleted') this.#ids.delete(event.id)
  }

  /** Tell of nothing more. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #await(at: number, id: RecordId): void {
    const place = bisectRight(this.#times, at)
    this.#times.splice(place, 0, at)
    this.#queue.splice(place, 0, id)
    this.#ids.add(id)
    if (this.#queue.length > EXPIRATIONS_AWAITED_MAX) this.#drop(EXPIRATIONS_AWAITED_MAX, 1)
    if (place === 0) this.#rest()
  }

  /** Await no more what stands from *start* on; give what was here of it. */
  #drop(start: number, count: number): RecordId[] {
    this.#times.splice(start, count)
    return this.#queue.splice(start, count).filter(id => this.#ids.delete(id))
  }

  /** Wait for the first to expire. */
  #rest(): void {
    clearTimeout(this.#timer)
    const [first] = this.#times
    if (first === undefined || this.#isClosed) return
    const seconds = Math.min(Math.max(first - this.#now(), 0), LOOK_SECONDS_MAX)
    this.#timer = setTimeout(() => this.#tellDue(), seconds * 1_000)
  }

  #tellDue(): void {
    const due = this.#drop(0, bisectRight(this.#times, this.#now()))
    for (const id of due) this.#tell({ type: 'RecordHidden', id, policy: EXPIRATION, reason: 'it has expired' })
    this.#rest()
  }
}
