/** What a light member's page does beside its node: it keeps no content that is older than its window. */

import { loaded } from '../adapters/storage.ts'
import type { RecordId } from '../core/record.ts'
import type { RoomEvent } from '../notices.ts'
import type { Signer, Store } from '../ports.ts'
import { Naming } from '../protocol/lightness.ts'
import type { Node } from '../protocol/node.ts'
import type { Refilling, RefillParts } from './refill.ts'
import type { Thinning, ThinParts } from './thinning.ts'

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
  const light = claims && (await begun({ store, claims, own: signer.publicKey, destroy, now }))
  return {
    store: light?.store ?? store,
    take: event => refilling?.take(event),
    close: () => {
      light?.thinning.close()
      refilling?.close()
    },
  }
}

/** Begin to thin a store out, and give it as readers see it. */
async function begun(parts: ThinParts): Promise<{ readonly store: Store; readonly thinning: Thinning }> {
  const { Thinning, withClaims } = await loaded(import('./thinning.ts'))
  const thinning = new Thinning(parts)
  thinning.start()
  return { store: withClaims(parts.store, parts.claims), thinning }
}

/** A store that is thinned out, or filled again, until that is closed. */
export interface Lightened {
  /** As readers see it. */
  readonly store: Store
  take(event: RoomEvent): void
  close(): void
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
