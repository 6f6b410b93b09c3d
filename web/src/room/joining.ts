/** Join a room: open the store, index it, and connect a node to the network. */

import { type Reach, sharedBy } from '../adapters/reach.ts'
import { loaded, openStore, type StoreSpec } from '../adapters/storage.ts'
import { systemClock, systemRng } from '../adapters/system.ts'
import type { Entry } from '../core/block.ts'
import { DAY_SECONDS, type Moment } from '../core/clock.ts'
import { SecretKey } from '../core/keys.ts'
import type { Rng } from '../core/rng.ts'
import { makeRoomName, type RoomName, roomTag } from '../core/signal.ts'
import { readRetention } from '../core/typed.ts'
import type { FileLimits } from '../drive/limits.ts'
import type { Shelf } from '../drive/opening.ts'
import { ConfigError } from '../errors.ts'
import type { AnyAuthor, Identity } from '../identity/given.ts'
import { keySigner } from '../identity/signers.ts'
import type { AnyPolicy, Rulebook } from '../moderation/rulebook.ts'
import type { RoomEvent } from '../notices.ts'
import type { Store, Transport } from '../ports.ts'
import { readRoom } from './addressed.ts'
import { readOptions } from './arguments.ts'
import type { Assembled } from './assembly.ts'
import { type Held, type Peer, type RoomParts, Voice } from './peer.ts'
import { provide } from './provisions.ts'
import { Room } from './room.ts'
import type { AnySeal, Sealing } from './sealing.ts'
import { Shares } from './sharing.ts'
import type { WalletOf } from './wallet.ts'

/** How to join a room; every field has a default. */
export interface JoinOptions extends Reach {
  /** Keeps rooms of one name apart between applications; "peerset" unless said otherwise. */
  readonly app?: string | undefined
  /** Signs what is published, though others of this page sign otherwise: a key, its nsec text, a signer, or `bunker://…` (NIP-46); fresh when left out. */
  readonly key?: AnyAuthor | undefined
  /**
   * Seals what is written, so that only those read it who have the same: a secret "seal1...", or a passphrase; of several,
   * the newest first, each opens what it sealed. Never written to the browser's storage; what is opened is indexed there.
   */
  readonly seal?: AnySeal | null | undefined
  /** Where records rest: "indexeddb" (the default), "memory", or a store of your own. */
  readonly store?: StoreSpec | undefined
  /**
   * Exchange files of more than 24 KiB, of so many bytes; `{}` for up to 64 MiB each and 1 GiB in all. Without it small files
   * can be written and read, and others listed.
   */
  readonly files?: FileLimits | null | undefined
  /** Moderation rules; a plain function is a view policy, which hides here only what it gives a reason for. */
  readonly policies?: AnyPolicy | readonly AnyPolicy[] | undefined
  /** Texts of `Room.grant` by which owners let us write where a policy asks for one. */
  readonly grants?: string | readonly string[] | undefined
  /**
   * For how long records are kept: seconds, or a text such as "30d"; null for as long as there are windows. Left out, as
   * the store kept them before, which is for 90 days at first.
   */
  readonly retention?: number | string | null | undefined
  /**
   * Keep and sync the newest records only, for less time than that: nobody else's matter, and no other rule. What is older
   * is deleted here.
   */
  readonly window?: number | string | null | undefined
  /**
   * What the store may take, at least 1 MiB; half of what the browser gives this origin, and at most 4 GiB, unless said
   * otherwise. Beyond it the oldest days lose their content here and keep their ids, which `StorageEvicted` tells; what
   * was written from here stays.
   */
  readonly diskBytes?: number | undefined
  /** Tell others that this peer stays. */
  readonly isSeeder?: boolean | undefined
  /** How a day is divided, in seconds; a divisor of 86,400. */
  readonly bucketSeconds?: number | undefined
  /** Reads both clocks; the system's unless a test says otherwise. */
  readonly now?: (() => Moment) | undefined
  /** Finds peers and carries messages; trystero unless a test says otherwise. */
  readonly transport?: Transport | undefined
  /** Hears what happens from the very beginning, while the room is still being opened. */
  readonly onEvent?: ((event: RoomEvent) => void) | undefined
}

/** What this page is in, by the way it is reached: the page's own, or a transport that was given. */
const shares = new WeakMap<object, Shares<Peer>>()
const PAGE = {}

/**
 * Join *room*, by its name, its address or a link that holds one; it may be joined more than once in a page, which stays one
 * peer until the last has left. Of an address counts what is not *given* otherwise.
 *
 * Refused with a ConfigError for a bad name, address, key or setting, or when this page is in the room with another key
 * or other settings, and with a StoreError when the store cannot be read.
 */
export async function join(room: string, given: JoinOptions = {}): Promise<Room> {
  return await joinNamed(...(await readRoom(room, given)))
}

async function joinNamed(room: string, given: JoinOptions): Promise<Room> {
  const options = readOptions(given)
  const name = makeRoomName(options.app ?? 'peerset', room)
  const said = options.retention === undefined ? null : readRetention(options.retention)
  const windowSeconds = options.window == null ? null : readRetention(options.window, 'a window')
  const late = await loadParts(options)
  const policies = late.readPolicies(options.policies ?? [])
  const { seal = null } = options
  const sealing =
    seal === null ? null : await (await loaded(import('./sealing.ts'))).openSealing(seal, roomTag(name), policies)
  const rulebook = sealing?.rulebook ?? policies
  const settings = { name, options, rulebook: policies, said, windowSeconds, rng: systemRng(), late, sealing }
  const plan = { ...settings, rulebook: await loaded(late.withBudget(rulebook)) }
  const identity = await readIdentity(plan)
  try {
    return await joinAs(room, given, plan, identity)
  } catch (error) {
    identity.close?.()
    throw error
  }
}

/** Join *room* by *plan* as *identity*, whose connections end with the peer. */
async function joinAs(room: string, given: JoinOptions, plan: Plan, identity: Identity): Promise<Room> {
  const { name, options, rulebook, late, sealing } = plan
  const terms = termsOf(plan)
  const walletOf = await readWallet(plan, identity)
  const way = options.transport ?? PAGE
  const open = async () => {
    if ((options.store ?? 'indexeddb') !== 'indexeddb') return await openPeer(plan, identity, { terms })
    const { openKept } = await loaded(import('./kept.ts'))
    const isFresh = options.key == null
    const now = options.now ?? systemClock()
    return await openKept({ ...plan, terms, now, isFresh, isAlone: way !== PAGE }, identity, (who, means) =>
      openPeer(plan, who, { terms, ...means }),
    )
  }
  const check = checkOf(room, plan, { terms, identity })
  const { peer, depart, closed, ends } = await sharesBy(way).take(JSON.stringify(name), open, check)
  if (identity.close) ends.push(identity.close)
  const signer = options.key == null ? peer.parts.signer : identity.signer
  const key = identity.part ?? signer
  const joinPart: RoomParts['joinPart'] = async (...part) =>
    (await loaded(import('./parting.ts'))).joinPart(join, room, { ...given, key }, ...part)
  const release = () => peer.release().finally(closed)
  const { retentionSeconds: keptSeconds } = peer
  const directions = { name, options, keptSeconds }
  const own = { signer, sealing, keptSeconds, directions, joinPart, depart, release }
  const joined = new Room({ ...peer.parts, ...late, ...own, wallet: walletOf(signer), admission: rulebook.admission })
  if (options.onEvent !== undefined) joined.on(options.onEvent)
  sealing?.follow(joined, peer.parts.store)
  void provide()
  peer.voice.speak(joined)
  return joined
}

/** Make what refuses a peer of this page that is in *room* already, in another way. */
function checkOf(
  room: string,
  { options, said }: Plan,
  { terms, identity }: { readonly terms: string; readonly identity: Identity },
): (peer: Peer) => void {
  return peer => {
    const isOther = options.key != null && peer.parts.signer.publicKey !== identity.signer.publicKey
    const isKept = said === null || said === peer.retentionSeconds
    if (!isOther && isKept && peer.terms === terms) return
    const what = isOther ? 'as another author' : 'with other settings'
    throw new ConfigError(`this page is in the room ${JSON.stringify(room)} already, ${what}`)
  }
}

/** Give what this page is in, by that *way*. */
function sharesBy(way: object): Shares<Peer> {
  const there = shares.get(way) ?? new Shares<Peer>()
  shares.set(way, there)
  return there
}

/** Give what makes the wallet of who writes, where any grants are given or asked for. */
async function readWallet({ name, options, rulebook }: Plan, { signer }: Identity): Promise<WalletOf> {
  if (!options.grants && !rulebook.admission.some(each => 'asks' in each)) return () => null
  return (await loaded(import('./wallet.ts'))).walletOf(options.grants, name, signer, rulebook.admission)
}

/** Load all that a join needs at once. */
async function loadParts({ store = 'indexeddb', transport }: JoinOptions): Promise<Outset> {
  const [outset] = await Promise.all([
    loaded(import('./outset.ts')),
    loaded(import('../policies/budget.ts')),
    loaded(import('../core/lookup.ts')),
    store === 'indexeddb' && loaded(import('./kept.ts')),
    transport ?? loaded(import('../adapters/trystero.ts')),
  ])
  return outset
}

type Outset = typeof import('./outset.ts')

function termsOf({ options, rulebook, windowSeconds, sealing }: Plan): string {
  const {
    store = 'indexeddb',
    isSeeder = false,
    bucketSeconds = DAY_SECONDS,
    password = '',
    phases,
    diskBytes,
    files,
  } = options
  const kept = typeof store === 'string' ? store : storeNumber(store)
  const views = rulebook.views.map(({ name }) => name)
  const own = [kept, windowSeconds, isSeeder, bucketSeconds, password, phases, diskBytes, files, sealing?.ids]
  return JSON.stringify([...own, rulebook.hasBudget, rulebook.manifests, views, sharedBy(options)])
}

const storeNumbers = new WeakMap<Store, number>()
let storesSeen = 0

/** Tell stores of one's own apart. */
function storeNumber(store: Store): number {
  const number = storeNumbers.get(store) ?? ++storesSeen
  if (typeof store === 'object' && store !== null) storeNumbers.set(store, number)
  return number
}

async function openPeer(plan: Plan, identity: Identity, { terms, voice = new Voice(), lose }: Means): Promise<Peer> {
  const { name, options } = plan
  const transport = options.transport ?? (await reach(name, options))
  let store: Store | null = null
  let open: Assembled | null = null
  let shelf: Shelf | null = null
  try {
    store = await openStore(options.store ?? 'indexeddb', name, {
      tell: voice.tell,
      onLost: left => open !== null && lose?.({ ...open.parts }, left),
      onFull: async bytes => (await open?.thrift.makeRoom(bytes)) ?? false,
    })
    store.unseal?.(plan.sealing)
    store = plan.sealing?.over(store) ?? store
    await store.bind(roomTag(name))
    const retentionSeconds = await plan.late.settleRetention(store, plan.said)
    const naming = await plan.late.openNaming(plan.windowSeconds, retentionSeconds)
    const meeting = transport.meet?.(identity.key) ?? null
    if (options.files != null) shelf = await (await loaded(import('../drive/opening.ts'))).openShelf(plan, store)
    const blobs = shelf?.exchange ?? null
    const node = await plan.late.makeNode(plan, { key: identity.key, store, retentionSeconds, meeting, naming, blobs })
    open = await plan.late.assemble(plan, {
      node,
      store,
      transport,
      signer: identity.signer,
      voice,
      lens: plan.sealing,
      shelf,
    })
    open.parts.driver.start()
    void open.thrift.tend()
    return { ...open, voice, terms, retentionSeconds }
  } catch (error) {
    await Promise.allSettled([open?.parts.driver.close() ?? transport.close()])
    await Promise.allSettled([open?.release() ?? store?.close()])
    if (open === null) shelf?.close()
    throw error
  }
}

/** Reach the peers of the room *name*, by what is loaded for that. */
async function reach(name: RoomName, options: JoinOptions): Promise<Transport> {
  const { reachOut } = await loaded(import('../adapters/trystero.ts'))
  return await reachOut(name, options)
}

/** What a peer is opened with. */
interface Means {
  readonly terms: string
  readonly voice?: Voice
  /** Let go of what the browser did not leave of the store. */
  readonly lose?: (held: Held, left: readonly Entry[]) => void
}

/** What is joined, and how. */
export interface Plan {
  readonly name: RoomName
  readonly options: JoinOptions
  readonly rulebook: Rulebook
  /** For how many seconds records are kept; null: as the store kept them before. */
  readonly said: number | null
  readonly windowSeconds: number | null
  readonly rng: Rng
  readonly late: Outset
  readonly sealing: Sealing | null
}

/** Give the key of sessions, and who signs records: a fresh key, where none is given. */
async function readIdentity({ options: { key: given, WebSocket }, rng }: Plan): Promise<Identity> {
  if (given != null) return await (await loaded(import('../identity/given.ts'))).identityOf(given, rng, WebSocket)
  const key = SecretKey.generate(rng)
  return { key, signer: keySigner(key) }
}
