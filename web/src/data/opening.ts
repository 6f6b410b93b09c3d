/** What a room opens by name. */

import type { RoomChangesOptions } from './changes.ts'
import type { CollectionOptions } from './declaring.ts'
import { openCollection } from './declaring.ts'
import { type Desk, deskOf, type Host, type Parts } from './desk.ts'
import type { Names } from './dropping.ts'

const OPENED = {
  collection: async (desk: Desk, name: unknown, options: unknown = {}) =>
    await openCollection(name as string, options as CollectionOptions, desk),
  batch: async (desk: Desk) => new (await import('./batch.ts')).Batch(desk),
  changes: async (desk: Desk, options: unknown) =>
    (await import('./changes.ts')).readChanges(desk, options as RoomChangesOptions),
  view: async (desk: Desk, name: unknown, options: unknown, step: unknown) =>
    await (await import('./views.ts')).openView(desk, name, options, step),
  fold: async (desk: Desk, collection: unknown, folding: unknown, options: unknown) =>
    await (await import('./folds.ts')).openFold(desk, collection as never, folding as never, options as never),
  drop: async (desk: Desk, names: unknown) => await (await import('./dropping.ts')).drop(desk, names as Names),
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
  const desk = await deskOf(room, parts)
  void provide()
  return (await OPENED[what](desk, first, second, third)) as Found
}

/** Load in the background, while there is a network, what may be asked for when there is none. */
async function provide(): Promise<void> {
  if (globalThis.navigator?.onLine !== true) return
  await Promise.allSettled([
    import('./writing.ts'),
    import('./written.ts'),
    import('./batch.ts'),
    import('./feed.ts'),
    import('./reading.ts'),
    import('./changes.ts'),
    import('./dropping.ts'),
    import('./views.ts'),
    import('./folds.ts'),
  ])
}
