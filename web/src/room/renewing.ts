/** What linked devices were granted: renewed by who gave it, and taken by the device, while a room is joined. */

import type { Desk } from '../data/desk.ts'
import { RoomClosedError } from '../errors.ts'
import type { Outlasting } from './outlasting.ts'
import type { RoomParts } from './peer.ts'
import { DEVICES } from './permission.ts'

export const LOOK_SECONDS = 3_600
/** So often it is asked whether it is time again: a machine that sleeps counts no seconds. */
const TICK_MILLISECONDS = 60_000
const FIRST_MILLISECONDS = 10_000

type Granted = Pick<Outlasting, 'records' | 'devices'>
type Means = Pick<RoomParts, 'signer' | 'name' | 'driver' | 'wallet'> &
  Pick<Desk, 'keep'> & { readonly complain: (reason: string) => void }

/** Look after grants from now on, once an hour, until *room* is left. */
export function renew(room: Granted, means: Means): void {
  const { signer, name, driver, keep, complain } = means
  let next = 0
  const look = () => {
    const now = driver.now().unix
    if (now < next) return
    next = now + LOOK_SECONDS
    // Where several tabs renew, they look one after the other: the second finds nothing to do.
    const lock = `peerset/devices/${JSON.stringify(name)}/${signer.publicKey}`
    const done = globalThis.navigator?.locks?.request(lock, () => renewed(room, means)) ?? renewed(room, means)
    done.catch(error => {
      if (!(error instanceof RoomClosedError)) complain(`grants of devices could not be renewed: ${String(error)}`)
    })
  }
  const timer = setInterval(look, TICK_MILLISECONDS)
  // Nobody who joins waits for it.
  const first = setTimeout(look, FIRST_MILLISECONDS)
  keep(() => {
    clearInterval(timer)
    clearTimeout(first)
  })
}

/** Renew what is due, and take what was renewed for us; who signs elsewhere has no devices. */
async function renewed(room: Granted, { signer, wallet }: Means): Promise<void> {
  if (!('signDigest' in signer) || signer.signDigest === undefined) return
  // Where nothing was said to devices, there is no such collection.
  const said = await room.records({ authors: signer.publicKey, tags: { c: DEVICES }, limit: 1 })
  if (said.length > 0) await (await room.devices()).renew()
  if (wallet?.isGranted) wallet.take((await (await room.devices()).links()).map(({ grant }) => grant))
}
