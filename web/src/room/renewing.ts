/** What is renewed while a room is joined: what linked devices were granted, which they take, and our pins. */

import type { UnixTime } from '../core/clock.ts'
import type { Desk } from '../data/desk.ts'
import { LOOK_SECONDS, lookAfter } from '../data/renewal.ts'
import { type Outlasting, takesPins } from './outlasting.ts'
import type { RoomParts } from './peer.ts'
import { DEVICES } from './permission.ts'
import type { PinBoard } from './pinning.ts'

const FIRST_MILLISECONDS = 10_000

type Granted = Pick<Outlasting, 'records' | 'devices' | 'isOpen'>
type Means = Pick<RoomParts, 'signer' | 'name' | 'driver' | 'wallet' | 'admission'> &
  Pick<Desk, 'keep'> & { readonly complain: (reason: string) => void }

/** Renew grants, and the pins on *board* where anybody may pin, from now on until *room* is left. */
export async function renew(room: Granted, means: Means, board: PinBoard): Promise<void> {
  renewGrants(room, means)
  if (takesPins(means.admission)) {
    const pinning = await import('./pinning.ts')
    if (room.isOpen) pinning.renew(board, means)
  }
}

/** Look after grants from now on, once an hour, until *room* is left. */
function renewGrants(room: Granted, means: Means): void {
  const { signer, name, driver, keep, complain } = means
  // Left while this was being loaded: nobody would end it.
  if (!room.isOpen) return
  let next = 0
  const charge = {
    name: `peerset/devices/${JSON.stringify(name)}/${signer.publicKey}`,
    now: () => driver.now().unix,
    isDue: (now: UnixTime) => now >= next,
    look: (now: UnixTime) => {
      next = now + LOOK_SECONDS
      return renewed(room, means)
    },
    failed: (error: unknown) => complain(`grants of devices could not be renewed: ${String(error)}`),
    keep,
  }
  // Nobody who joins waits for it.
  lookAfter(charge, FIRST_MILLISECONDS)
}

/** Renew what is due, and take what was renewed for us; who signs elsewhere has no devices. */
async function renewed(room: Granted, { signer, wallet }: Means): Promise<void> {
  if (!('signDigest' in signer) || signer.signDigest === undefined) return
  // Where nothing was said to devices, there is no such collection.
  const said = await room.records({ authors: signer.publicKey, tags: { c: DEVICES }, limit: 1 })
  if (said.length > 0) await (await room.devices()).renew()
  if (wallet?.isGranted) wallet.take((await (await room.devices()).links()).map(({ grant }) => grant))
}
