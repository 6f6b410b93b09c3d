/** What of a light member's page destroys the content that is older than its window. Loaded where there is a window. */

import type { Entry } from '../core/block.ts'
import { isBefore } from '../core/bucket.ts'
import { HOUR_SECONDS, type Moment, type UnixTime } from '../core/clock.ts'
import { type Cursor, cursorOf, makeFilter } from '../core/filter.ts'
import type { PublicKey } from '../core/keys.ts'
import { KIND_DELETION, KIND_PIN, type Record, type RecordId } from '../core/record.ts'
import { OWN } from '../moderation/rows.ts'
import type { Store } from '../ports.ts'
import type { Claims } from '../protocol/claims.ts'
import { givenUpBefore, noteGivenUp } from './lighten.ts'
import { heldBy } from './pinning.ts'

const LOOKED_AT_ONCE = 256
const STAYING: ReadonlySet<number> = new Set([KIND_DELETION, KIND_PIN])

/** What thins a room out. */
export interface ThinParts {
  readonly store: Store
  readonly claims: Claims
  /** Whose records stay, beside those of whoever wrote from here. */
  readonly own: PublicKey
  /** Leaves shells. */
  readonly destroy: (ids: readonly RecordId[]) => Promise<void>
  readonly now: () => Moment
}

/** Destroys the content of what has become older than the window, at first and as days pass. */
export class Thinning {
  readonly #parts: ThinParts
  #thinnedBefore = 0
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(parts: ThinParts) {
    this.#parts = parts
  }

  /** Begin, and go on until it is closed; what a store does not do now is tried again. */
  start(): void {
    const thin = () => void this.thin().catch(() => {})
    this.#timer = setInterval(thin, HOUR_SECONDS * 1_000)
    thin()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /**
   * Destroy what has become older than the window since this was last done.
   *
   * Ours stays, and so do deletions, pins, and what these hold.
   */
  async thin(): Promise<void> {
    const { store, claims, destroy, now } = this.#parts
    const edge = claims.edge(now().unix)
    if (edge <= this.#thinnedBefore) return
    if (edge > (await givenUpBefore(store))) await noteGivenUp(store, edge)
    const own = new Set<string>([this.#parts.own, ...(await store.notes(OWN)).keys()])
    const until = (edge - 1) as UnixTime
    const pins = await store.query(makeFilter({ kinds: [KIND_PIN] }))
    const spared = new Set(pins.map(pin => heldBy(pin)?.id))
    for (let after: Cursor | null = null; ; ) {
      const found: Record[] = await store.query(makeFilter({ until, after, limit: LOOKED_AT_ONCE }))
      const last = found.at(-1)
      if (last === undefined) break
      after = cursorOf(last)
      const old = found.filter(({ kind, author, id }) => !STAYING.has(kind) && !own.has(author) && !spared.has(id))
      if (old.length > 0) await destroy(old.map(({ id }) => id))
    }
    this.#thinnedBefore = edge
  }
}

/** Give *store* with what is known by name alone among its entries, for readers. */
export function withClaims(store: Store, claims: Claims): Store {
  const entries = async (): Promise<Entry[]> => [...(await store.entries()), ...claims.all].sort(inOrder)
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'entries') return entries
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function inOrder(one: Entry, other: Entry): number {
  return isBefore(one, other) ? -1 : 1
}
