/** What a light member's page does beside its node: it keeps no content that is older than its window. */

import { loaded } from '../adapters/storage.ts'
import type { Entry } from '../core/block.ts'
import { isBefore } from '../core/bucket.ts'
import { HOUR_SECONDS, type Moment, type UnixTime } from '../core/clock.ts'
import { type Cursor, cursorOf, makeFilter } from '../core/filter.ts'
import type { PublicKey } from '../core/keys.ts'
import { KIND_DELETION, type Record, type RecordId } from '../core/record.ts'
import { OWN } from '../moderation/rows.ts'
import type { RoomEvent } from '../notices.ts'
import type { Signer, Store } from '../ports.ts'
import type { Claims } from '../protocol/claims.ts'
import { Naming } from '../protocol/lightness.ts'
import type { Node } from '../protocol/node.ts'
import type { Refilling, RefillParts } from './refill.ts'

const LOOKED_AT_ONCE = 256
/** Kind and key of the note that says before which time a window gave content up. */
const WINDOW = 'window'
const BEFORE = '6265666f7265'

/** Give what a node is to know of names: a light member's, when *windowSeconds* are less than the rules say. */
export async function openNaming(windowSeconds: number | null, retentionSeconds: number): Promise<Naming> {
  if (windowSeconds === null || windowSeconds >= retentionSeconds) return new Naming()
  const [{ Claims }, { Wanting }] = await Promise.all([
    import('../protocol/claims.ts'),
    import('../protocol/wanting.ts'),
  ])
  return new Naming(new Claims(windowSeconds, Wanting))
}

/** Who leaves shells. */
interface Destroying {
  readonly moderation: { destroy(ids: readonly RecordId[]): Promise<void> }
}

/** What of a room keeps the content of its window, and no older one. */
export interface Ground {
  readonly node: Pick<Node, 'naming'>
  readonly store: Store
  readonly signer: Pick<Signer, 'publicKey'>
}

/** Thin the store of a light member out, and fetch again what a narrower window than this one gave up. */
export async function lighten(
  { node, store, signer }: Ground,
  { moderation, thrift, now, driver }: Pick<ThinParts, 'now'> & Pick<RefillParts, 'driver' | 'thrift'> & Destroying,
): Promise<Lightened> {
  const claims = node.naming?.claims ?? null
  const refilling = await openRefilling({ driver, thrift, store, edge: () => claims?.edge(now().unix) ?? 0 })
  const destroy = (ids: readonly RecordId[]) => moderation.destroy(ids)
  const thinning = claims && new Thinning({ store, claims, own: signer.publicKey, destroy, now })
  thinning?.start()
  return {
    store: claims === null ? store : withClaims(store, claims),
    take: event => refilling?.take(event),
    close: () => {
      thinning?.close()
      refilling?.close()
    },
  }
}

/** A store that is thinned out, or filled again, until that is closed. */
export interface Lightened {
  /** As readers see it. */
  readonly store: Store
  take(event: RoomEvent): void
  close(): void
}

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

  /** Destroy what has become older than the window since this was last done; ours stays, and so do deletions. */
  async thin(): Promise<void> {
    const { store, claims, destroy, now } = this.#parts
    const edge = claims.edge(now().unix)
    if (edge <= this.#thinnedBefore) return
    if (edge > (await givenUpBefore(store))) await noteGivenUp(store, edge)
    const own = new Set<string>([this.#parts.own, ...(await store.notes(OWN)).keys()])
    const until = (edge - 1) as UnixTime
    for (let after: Cursor | null = null; ; ) {
      const found: Record[] = await store.query(makeFilter({ until, after, limit: LOOKED_AT_ONCE }))
      const last = found.at(-1)
      if (last === undefined) break
      after = cursorOf(last)
      const old = found.filter(({ kind, author }) => kind !== KIND_DELETION && !own.has(author))
      if (old.length > 0) await destroy(old.map(({ id }) => id))
    }
    this.#thinnedBefore = edge
  }
}

/** Give before which time a window gave content up in *store*; 0 when none did. */
export async function givenUpBefore(store: Pick<Store, 'notes'>): Promise<number> {
  const text = (await store.notes(WINDOW)).get(BEFORE) ?? ''
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : 0
}

/** Remember that content dated before *edge* is given up in *store*; 0 for none. */
export async function noteGivenUp(store: Pick<Store, 'note'>, edge: number): Promise<void> {
  await store.note(WINDOW, BEFORE, edge > 0 ? String(edge) : null)
}

/** Fetch again what a narrower window than ours gave up; null where none gave anything up. */
export async function openRefilling(parts: RefillParts): Promise<Refilling | null> {
  if ((await givenUpBefore(parts.store)) <= parts.edge()) return null
  const { Refilling } = await loaded(import('./refill.ts'))
  return new Refilling(parts)
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
