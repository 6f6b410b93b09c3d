/** What a room opens by name. */

import type { CollectionOptions } from './declaring.ts'
import { openCollection } from './declaring.ts'
import { type Desk, deskOf, type Host, type Parts } from './desk.ts'

const OPENED = {
  collection: (desk: Desk, name: unknown, options?: unknown) =>
    openCollection(name as string, (options ?? {}) as CollectionOptions, desk),
  batch: async (desk: Desk) => new (await import('./batch.ts')).Batch(desk),
} as const

/** What there is to open. */
export type Opened = typeof OPENED

/** Open something in *room*, as its caller asks. */
export async function open(room: Host, parts: Parts, what: keyof Opened, given: readonly unknown[]): Promise<never> {
  const [name, options] = given
  return (await OPENED[what](await deskOf(room, parts), name, options)) as never
}
