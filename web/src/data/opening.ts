/** What a room opens by name. */

import type { RoomChangesOptions } from './changes.ts'
import type { CollectionOptions } from './declaring.ts'
import { openCollection } from './declaring.ts'
import { type Desk, deskOf, type Host, type Parts } from './desk.ts'

const OPENED = {
  collection: async (desk: Desk, name: unknown, options: unknown = {}) =>
    await openCollection(name as string, options as CollectionOptions, desk),
  batch: async (desk: Desk) => new (await import('./batch.ts')).Batch(desk),
  changes: async (desk: Desk, options: unknown) =>
    (await import('./changes.ts')).readChanges(desk, options as RoomChangesOptions),
  view: async (desk: Desk, name: unknown, options: unknown, step: unknown) =>
    await (await import('./views.ts')).openView(desk, name, options, step),
} as const

/** What there is to open. */
export type Opened = typeof OPENED

/** Open something in *room*, as its caller asks. */
export async function open<Found>(
  room: Host,
  parts: Parts,
  what: keyof Opened,
  [first, second, third]: readonly unknown[],
): Promise<Found> {
  return (await OPENED[what](await deskOf(room, parts), first, second, third)) as Found
}
