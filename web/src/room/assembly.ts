/** What of a peer lies around its node: moderation, driver, budgets, and documents, once somebody asks for them. */

import { Signatures } from '../adapters/signatures.ts'
import { loaded } from '../adapters/storage.ts'
import { systemClock } from '../adapters/system.ts'
import type { PeerId } from '../core/signal.ts'
import { Agreement } from '../data/agreement.ts'
import type { Ground, Projection } from '../data/projection.ts'
import type { Shelf } from '../drive/opening.ts'
import { ConfigError } from '../errors.ts'
import { Late } from '../moderation/late.ts'
import { Moderator, type Ties } from '../moderation/moderator.ts'
import { PURGED } from '../moderation/rows.ts'
import { openThrift, type Thrift } from '../moderation/thrift.ts'
import type { Lens, Signer, Store, Transport } from '../ports.ts'
import type { Node } from '../protocol/node.ts'
import { Driver, type Parts as DriverParts, type Traffic } from './driver.ts'
import type { Guests } from './guests.ts'
import type { Plan } from './joining.ts'
import { lighten } from './lighten.ts'
import { takesPins } from './outlasting.ts'
import type { Held, Peer, RoomParts, Voice } from './peer.ts'

/** What it is put together of. */
export interface Found {
  readonly node: Node
  readonly store: Store
  readonly transport: Transport
  readonly signer: Signer
  readonly voice: Voice
  /** Opens what comes; null in a room that is not sealed. */
  readonly lens: Lens | null
  /** Where files are kept; null in a room without any. */
  readonly shelf: Shelf | null
}

/** What came of it. */
export interface Assembled extends Pick<Peer, 'release'> {
  readonly parts: Peer['parts'] & Held
  readonly thrift: Thrift
}

/** Put a peer together around its node. */
export async function assemble({ name, options, rulebook }: Plan, found: Found): Promise<Assembled> {
  const { node, store, transport, signer, voice, lens, shelf } = found
  const [signatures, agreement, now] = [new Signatures(), new Agreement(), options.now ?? systemClock()]
  const checkOpen = () => voice.checkOpen()
  const act: Ties['act'] = input => driver.deliver(input)
  const moderation = await Moderator.open(node, store, rulebook, { now, tell: voice.tell, act, checkOpen })
  const projection = projectionOf(store, { moderation, now: () => now().unix, tell: voice.tell }, checkOpen)
  const thrift = await openThrift(found, { moderation, tell: voice.tell, now }, options.diskBytes)
  const light = await lighten(found, { moderation, thrift, now, driver: { take: input => driver.take(input) } })
  const guests = takesPins(rulebook.admission) ? await guestsOf(found) : null
  const library = shelf?.open(found, { moderation, now: () => now().unix, act: input => driver.take(input) }) ?? null
  voice.moderation = {
    take: event => {
      moderation.take(event)
      agreement.take(event, now().unix, () => established(node))
      for (const each of [guests, thrift, light, library, projection.made]) each?.take(event)
    },
  }
  const driver = new Driver(node, {
    store,
    transport,
    judge: records => moderation.judge(records),
    verify: records => signatures.check(records),
    now,
    blobs: library?.perform,
    guests,
    sweep: sweepOf(store, moderation),
    ...voice.ears(lens),
  })
  const release = async () => {
    for (const each of [signatures, await projection.settled(), guests, thrift, light, library]) each?.close()
    await store.close()
  }
  const own = { name, signer, transport, watchers: new Set<(traffic: Traffic) => void>() }
  const documents = async () => (await projection.get()).documents
  const tell: RoomParts['tell'] = async event => voice.tell(event)
  const health: RoomParts['health'] = events => node.health(now(), [thrift.budget, events])
  const around = { moderation, agreement, driver, guests, bytes: library, store: light.store }
  return { parts: { ...own, ...around, tell, health, documents }, release, thrift }
}

/** Destroy what has expired; what that takes is loaded when anything may have. */
function sweepOf(store: Store, moderation: Moderator): DriverParts['sweep'] {
  const destroy: Moderator['destroy'] = ids => moderation.destroy(ids)
  return async until => (await import('../moderation/sweeping.ts')).sweep(store, destroy, until)
}

/** Keep what pins show. */
async function guestsOf({ store, voice, lens }: Found): Promise<Guests> {
  const { openGuests } = await loaded(import('./guests.ts'))
  return openGuests({ store, purged: () => store.notes(PURGED) }, voice, lens)
}

/** Name the peers with a session. */
function established({ peers }: Node): PeerId[] {
  return peers.flatMap(({ id, state }) => (state === 'established' ? [id] : []))
}

/** Give the documents of *store*, once somebody asks for them. */
function projectionOf(store: Store, ground: Ground, checkOpen: () => void): Late<Projection> {
  return new Late(async () => {
    const { Projection } = await loaded(import('../data/index.ts'))
    if (store.documents === undefined) throw new ConfigError('this store finds no documents: it has no collections')
    const documents = await store.documents()
    // Left meanwhile: nobody would end it.
    checkOpen()
    const made = new Projection(documents, ground)
    await made.start()
    return made
  })
}
