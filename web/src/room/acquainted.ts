/** Whose keys were useful for long, as a store remembers it. */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { CHANNELS_MAX } from '../core/limits.ts'
import { readRow } from '../moderation/rows.ts'
import type { Store } from '../ports.ts'
import { type Acquaintance, Acquaintances } from '../protocol/acquaintances.ts'
import { Mesh } from '../protocol/mesh.ts'

/** Kind and key ("acquaintances", in hex) of the note that names the keys as JSON, and when each was last seen. */
export const MESH = 'mesh'
export const ACQUAINTANCES = '6163717561696e74616e636573'

const KEY = /^[0-9a-f]{64}$/

/** Keep whose keys were useful for long, in the place of what was kept. */
export async function keepAcquaintances(store: Store, acquaintances: readonly Acquaintance[]): Promise<void> {
  await store.note(MESH, ACQUAINTANCES, JSON.stringify(Object.fromEntries(acquaintances)))
}

/** Give the places of a room, for those whose keys were useful for long above all. */
export async function openMesh(store: Store): Promise<Mesh> {
  return new Mesh(CHANNELS_MAX, await keptAcquaintances(store))
}

/** Give whose keys were useful for long in earlier lives; what makes no sense is left out. */
export async function keptAcquaintances(store: Store): Promise<Acquaintances> {
  const rows = Object.entries(readRow((await store.notes(MESH)).get(ACQUAINTANCES) ?? '') ?? {})
  return new Acquaintances(rows.filter(([key, seen]) => KEY.test(key) && isTime(seen)) as [PublicKey, UnixTime][])
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
