/**
 * The content that a narrower window gave up, fetched again by a page that keeps more of it now.
 *
 * The store remembers before which time content was given up. What our user destroyed is not asked for, and nothing is
 * while the store is near to what it may take.
 */

import type { Entry } from '../core/block.ts'
import type { UnixTime } from '../core/clock.ts'
import { makeFilter } from '../core/filter.ts'
import type { RecordId } from '../core/record.ts'
import { PURGED } from '../moderation/rows.ts'
import type { RoomEvent } from '../notices.ts'
import type { Store } from '../ports.ts'
import { decided } from './decided.ts'
import { givenUpBefore, noteGivenUp } from './lighten.ts'
import type { Engine } from './peer.ts'
import { shellsOf } from './shells.ts'

export const FETCHED_AT_ONCE = 256
/** Between one look and the next, and twice as long after each that brought nothing. */
export const WAIT_SECONDS = 60
export const WAIT_SECONDS_MAX = 3_840

/** What a refilling works with. */
export interface RefillParts {
  readonly store: Store
  readonly driver: Pick<Engine, 'take'>
  /** Gives the time from which on content is kept. */
  readonly edge: () => number
  /** Says whether the store may take more. */
  readonly thrift: { readonly hasRoom: boolean }
}

/** Fetches what is missing, once there is somebody to ask, until nothing is or it is closed. */
export class Refilling {
  readonly #parts: RefillParts
  #left = new Set<RecordId>()
  #ended = () => {}
  #hasBegun = false
  #waitSeconds = WAIT_SECONDS
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(parts: RefillParts) {
    this.#parts = parts
  }

  /** Begin once there is somebody to ask, and learn what came, or comes no more. */
  take(event: RoomEvent): void {
    if (event.type === 'PeerJoined' && !this.#hasBegun) {
      this.#hasBegun = true
      void this.#look()
    }
    for (const id of decided(event)) this.#left.delete(id)
    if (this.#left.size === 0) this.#ended()
  }

  /** Ask for nothing more. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#ended()
  }

  /** Ask once for what is missing; give how many are still. */
  async refill(): Promise<number> {
    const { store, edge, thrift } = this.#parts
    const [before, since] = [await givenUpBefore(store), edge()]
    const missing = await this.#missing(since, before)
    for (let start = 0; start < missing.length && !this.#isClosed; start += FETCHED_AT_ONCE) {
      if (!thrift.hasRoom) return missing.length
      await this.#bring(missing.slice(start, start + FETCHED_AT_ONCE))
    }
    const left = missing.length === 0 ? 0 : (await this.#missing(since, before)).length
    if (before > 0 && left === 0) await noteGivenUp(store, since)
    return left
  }

  async #look(): Promise<void> {
    // A store that does not answer now is asked again, like neighbours that bring nothing.
    const left = await this.refill().catch(() => 1)
    if (left === 0 || this.#isClosed) return
    this.#timer = setTimeout(() => void this.#look(), this.#waitSeconds * 1_000)
    this.#waitSeconds = Math.min(2 * this.#waitSeconds, WAIT_SECONDS_MAX)
  }

  /** Ask neighbours for *entries*, and wait until each of them came, or comes no more. */
  async #bring(entries: readonly Entry[]): Promise<void> {
    await new Promise<void>(resolve => {
      this.#ended = resolve
      this.#left = new Set(entries.map(([, id]) => id))
      this.#parts.driver.take({ type: 'Wanted', entries })
    })
  }

  /** Give what has no content here, of all that is dated from *since* on and *before* a time, the newest first. */
  async #missing(since: number, before: number): Promise<Entry[]> {
    if (since >= before) return []
    const { store } = this.#parts
    const purged = await store.notes(PURGED)
    const found = await shellsOf(store, makeFilter({ since: since as UnixTime, until: (before - 1) as UnixTime }))
    return found.filter(({ id }) => !purged.has(id)).map(({ createdAt, id }) => [createdAt, id])
  }
}
