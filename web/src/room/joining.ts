/** Join a room: open the store, index it, and connect a node to the network. */

import type { Reach } from '../adapters/reach.ts'
import { Signatures } from '../adapters/signatures.ts'
import { openStore, type StoreSpec } from '../adapters/storage.ts'
import { systemClock, systemRng } from '../adapters/system.ts'
import { TrysteroTransport } from '../adapters/trystero.ts'
import type { Entry } from '../core/block.ts'
import { DAY_SECONDS, type Moment, type UnixTime } from '../core/clock.ts'
import { SecretKey } from '../core/keys.ts'
import { Index } from '../core/merkle.ts'
import { Role } from '../core/message.ts'
import type { Rng } from '../core/rng.ts'
import { makeRules, rulesId } from '../core/rules.ts'
import { makeRoomName, type RoomName, roomTag } from '../core/signal.ts'
import { checkSigner, keySigner, readKey } from '../identity/signers.ts'
import { Moderator } from '../moderation/moderator.ts'
import { type Rulebook, readPolicies } from '../moderation/rulebook.ts'
import type { RoomEvent } from '../notices.ts'
import type { Opinion } from '../policies/function.ts'
import type { Policy, SetRule, Signer, Store, Transport } from '../ports.ts'
import { Node } from '../protocol/node.ts'
import { CLOCK, Driver, SEEN } from './driver.ts'
import { Room } from './room.ts'

/** How to join a room; every field has a default. */
export interface JoinOptions extends Reach {
  /** Keeps rooms of one name apart between applications; "peerset" unless said otherwise. */
  readonly app?: string
  /** Signs what is published: a key, its nsec text, or a signer; a fresh key, gone afterwards, when left out. */
  readonly key?: SecretKey | string | Signer
  /** Where records rest: "indexeddb" (the default), "memory", or a store of your own. */
  readonly store?: StoreSpec
  /** Moderation rules; a plain function is a view policy, which hides here only what it gives a reason for. */
  readonly policies?: readonly (Policy | SetRule | Opinion)[]
  /** Tell others that this peer stays. */
  readonly isSeeder?: boolean
  /** How a day is divided, in seconds; a divisor of 86,400. */
  readonly bucketSeconds?: number
  /** Reads both clocks; the system's unless a test says otherwise. */
  readonly now?: () => Moment
  /** Finds peers and carries messages; trystero unless a test says otherwise. */
  readonly transport?: Transport
  /** Hears what happens from the very beginning, while the room is still being opened. */
  readonly onEvent?: (event: RoomEvent) => void
}

/**
 * Join *room*.
 *
 * Refused with a ConfigError for a bad name, address, key or setting, or when this page is in the room already, and
 * with a StoreError when the store cannot be read.
 */
export async function join(room: string, options: JoinOptions = {}): Promise<Room> {
  const name = makeRoomName(options.app ?? 'peerset', room)
  const plan = { name, options, rulebook: readPolicies(options.policies ?? []), rng: systemRng() }
  const identity = readIdentity(options.key, plan.rng)
  const transport = options.transport ?? new TrysteroTransport(name, options)
  const voice = new Voice()
  let store: Store | null = null
  let joined: Room | null = null
  try {
    store = await openStore(options.store ?? 'indexeddb', name, voice.tell)
    await store.bind(roomTag(name))
    const node = await makeNode(plan, identity.key, store)
    joined = await assemble(plan, { node, store, transport, signer: identity.signer, voice })
    if (options.onEvent !== undefined) joined.on(options.onEvent)
    voice.speak(joined)
    joined.start()
    return joined
  } catch (error) {
    await Promise.allSettled([joined?.leave() ?? transport.close()])
    await Promise.allSettled([store?.close()])
    throw error
  }
}

interface Plan {
  readonly name: RoomName
  readonly options: JoinOptions
  readonly rulebook: Rulebook
  readonly rng: Rng
}

interface Found {
  readonly node: Node
  readonly store: Store
  readonly transport: Transport
  readonly signer: Signer
  readonly voice: Voice
}

/** Keeps what happens while the room is still being opened, and tells the room once it is there. */
class Voice {
  #room: Room | null = null
  readonly #early: RoomEvent[] = []

  readonly tell = (event: RoomEvent): void => {
    if (this.#room === null) this.#early.push(event)
    else this.#room.take(event)
  }

  get room(): Room | null {
    return this.#room
  }

  speak(room: Room): void {
    this.#room = room
    for (const event of this.#early.splice(0)) room.take(event)
  }
}

async function makeNode({ name, options, rulebook, rng }: Plan, key: SecretKey, store: Store): Promise<Node> {
  const rules = makeRules({ policies: rulebook.manifests })
  const entries = await store.entries()
  return new Node({
    key,
    room: name,
    rng,
    index: Index.bulk(entries, { bucketSeconds: options.bucketSeconds ?? DAY_SECONDS }),
    deleters: await store.deleters(),
    refused: await store.refused(rulesId(rules)),
    rules,
    role: options.isSeeder === true ? Role.SEEDER : Role.MEMBER,
    hasPolicies: rulebook.admission.length > 0,
    seen: await lastSeen(store, entries),
  })
}

/** Give what our clock said when it was last believed; without a note of it, what the newest record says. */
async function lastSeen(store: Store, entries: readonly Entry[]): Promise<UnixTime | null> {
  const noted = (await store.notes(CLOCK)).get(SEEN)
  // Whoever changed the note by hand changed it to something wrong.
  const seen = noted === undefined ? Number.NaN : Number(noted)
  return Number.isFinite(seen) ? (seen as UnixTime) : ((entries.at(-1)?.[0] as UnixTime | undefined) ?? null)
}

async function assemble({ name, options, rulebook }: Plan, found: Found): Promise<Room> {
  const { node, store, transport, signer, voice } = found
  const signatures = new Signatures()
  const now = options.now ?? systemClock()
  const moderation = await Moderator.open(node, store, rulebook, {
    now,
    tell: voice.tell,
    act: input => driver.deliver(input),
    checkOpen: () => voice.room?.checkOpen(),
  })
  const driver = new Driver(node, {
    store,
    transport,
    judge: records => moderation.judge(records),
    verify: records => signatures.check(records),
    now,
    onEvent: voice.tell,
    onStep: () => voice.room?.step(),
    onFailure: error => voice.room?.fail(error),
    onRefused: (peer, reason) => voice.tell({ type: 'PeerRefused', peer, reason }),
  })
  const release = async () => {
    signatures.close()
    await store.close()
  }
  return new Room({ name, signer, store, transport, moderation, driver, release })
}

/** Give the key of sessions, and who signs records: an extension never signs for a session. */
function readIdentity(given: JoinOptions['key'], rng: Rng): { key: SecretKey; signer: Signer } {
  if (typeof given === 'object' && given !== null && !(given instanceof SecretKey)) {
    return { key: SecretKey.generate(rng), signer: checkSigner(given) }
  }
  const key = given == null ? SecretKey.generate(rng) : readKey(given)
  return { key, signer: keySigner(key) }
}
