/** What linked devices were granted: renewed by who gave it, and taken by the device, while a room is joined. */

import type { UnixTime } from '../core/clock.ts'
import type { Desk } from '../data/desk.ts'
import { LOOK_SECONDS, lookAfter } from '../data/renewal.ts'
import type { Outlasting } from './outlasting.ts'
import type { RoomParts } from './peer.ts'
import { DEVICES } from './permission.ts'

const FIRST_MILLISECONDS = 10_000

type Granted = Pick<Outlasting, 'records' | 'devices'>
type Means = Pick<RoomParts, 'signer' | 'name' | 'driver' | 'wallet'> &
  Pick<Desk, 'keep'> & { readonly complain: (reason: string) => void }

/** Look after grants from now on, once an hour, until *room* is left. */
export function renew(room: Granted, means: Means): void {
  const { signer, name, driver, keep, complain } = means
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
