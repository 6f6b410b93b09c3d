/** Everything the node keeps for one remote peer with a channel: its session and, once proven, its sync. */

import { bytesToHex } from '@noble/hashes/utils.js'
import { earliest, type Moment, type Monotonic } from '../core/clock.ts'
import { npub, type PublicKey } from '../core/keys.ts'
import type { Index } from '../core/merkle.ts'
import { FEATURE_DECLINING, FEATURE_LACKING } from '../core/message.ts'
import { makeSalt } from '../core/ranges.ts'
import type { Rng } from '../core/rng.ts'
import type { PeerId, RoomTag } from '../core/signal.ts'
import { LocalProtocolError } from '../errors.ts'
import type { Progress } from './comparing.ts'
import { Declined } from './declined.ts'
import type { Request } from './effects.ts'
import type { Giving, Purse } from './giving.ts'
import { Horizon } from './horizon.ts'
import type { Opened } from './inputs.ts'
import type { Lightness, Naming } from './lightness.ts'
import type { Refuses, Sift } from './refused.ts'
import { type Identity, Session, State } from './session.ts'
import { Sync } from './sync.ts'
import { Transfer } from './transfer.ts'
import type { Upkeep } from './upkeep.ts'

/** One remote peer as it stands now. */
export interface PeerStatus {
  readonly id: PeerId
  /** Its key; proven when *state* is "established". */
  readonly key: PublicKey | null
  /** Where its session stands; "foreign" is an application without our protocol. */
  readonly state: State
  /** "direct", "relayed" or "unknown". */
  readonly route: string
  /** Round-trip time of the last heartbeat; null before the first. */
  readonly lagSeconds: number | null
  /** Its set and ours had equal roots a moment ago. */
  readonly isSynced: boolean
  /** Its rules are not ours, so each may refuse what the other keeps, and the roots may stay unequal. */
  readonly hasOtherRules: boolean
  /** For how many seconds it keeps records, where its rules are others and that is another time than ours; else null. */
  readonly keepsSeconds: number | null
  /** Records this peer gave us that were new. */
  readonly gained: number
  /** Records we sent it in rounds of sync. */
  readonly given: number
  /** How far the round of sync is that is under way; null between rounds. */
  readonly progress: Progress | null
}

/** Give the key as people see it (NIP-19). */
export function npubOf(status: PeerStatus): string | null {
  return status.key === null ? null : npub(status.key)
}

/** What a proven neighbour's sync needs of the node. */
export interface Surroundings {
  readonly index: Index
  readonly roomTag: RoomTag
  /** Leaves out what was refused before. */
  readonly sift: Sift
  /** Says where something was refused before. */
  readonly refuses?: Refuses
  /** Keeps up the sketch of the set, once it is loaded. */
  readonly upkeep?: Upkeep | null
  readonly rng: Rng
  readonly giving: Giving
  readonly naming?: Naming | undefined
}

/** A session, and the reconciliation that starts when the session is established. */
export class Neighbour {
  readonly peer: PeerId
  readonly address: string
  readonly session: Session
  sync: Sync | null = null
  /** What its rules or ours refuse of what the other has, once the session is established. */
  declined: Declined | null = null
  /** How much it may be given, once the session is established. */
  purse: Purse | null = null
  /** Of what each side takes no content, once the session is established. */
  lightness: Lightness | undefined
  /** Its channel has not taken what was said before. */
  isClogged = false
  readonly #route: string
  readonly #retentionSeconds: number
  readonly #rulesId: string

  constructor(opened: Opened, identity: Identity, { rng }: { readonly rng: Rng }) {
    this.peer = opened.peer
    this.address = opened.address
    this.session = new Session(opened.peer, opened.binding, identity, { rng })
    this.#route = opened.route
    this.#retentionSeconds = identity.retentionSeconds
    this.#rulesId = identity.rulesId
  }

  /** The network address that its faults are counted against; empty when unknown, or when it is a relay's. */
  get ownAddress(): string {
    return this.#route === 'relayed' ? '' : this.address
  }

  /** The peer's key, once it has proven it. */
  get provenKey(): PublicKey | null {
    return this.sync === null ? null : this.session.peerKey
  }

  /** The reconciliation, while the session is established: after a goodbye nothing more is said. */
  get liveSync(): Sync | null {
    return this.session.state === State.ESTABLISHED ? this.sync : null
  }

  /** It shares the channel, but not our protocol. */
  get isForeign(): boolean {
    return this.session.state === State.FOREIGN
  }

  /** Nothing to wait for: no session of ours, or equal roots a moment ago. */
  get isQuiet(): boolean {
    return this.liveSync?.isQuiet ?? true
  }

  /** What people see of this peer. */
  get status(): PeerStatus {
    const { session, sync } = this
    const { hello } = session
    const hasOtherRules = sync !== null && hello?.rulesId !== this.#rulesId
    const keepsSeconds = hello?.retentionSeconds ?? null
    return {
      id: this.peer,
      key: session.peerKey,
      state: session.state,
      route: this.#route,
      lagSeconds: session.lagSeconds,
      isSynced: sync?.isQuiet ?? false,
      hasOtherRules,
      keepsSeconds: hasOtherRules && keepsSeconds !== this.#retentionSeconds ? keepsSeconds : null,
      gained: sync?.gained ?? 0,
      given: sync?.given ?? 0,
      progress: sync?.comparing?.progress ?? null,
    }
  }

  /** Begin reconciliation; the side with the smaller nonce opens the rounds. */
  establish(
    { index, roomTag, giving: _, naming, ...surroundings }: Surroundings,
    purse: Purse,
    now: Moment,
  ): Request[] {
    const { hello, nonce } = this.session
    if (hello === null) throw new LocalProtocolError('established without a hello')
    const salt = makeSalt(nonce, hello.nonce)
    const declined = new Declined(this.peer, salt, { isUnderstood: (hello.features & FEATURE_DECLINING) !== 0 })
    this.declined = declined
    this.purse = purse
    const [lightness, said] = naming?.agree(this.peer, hello, this.#rulesId, now) ?? [undefined, []]
    this.lightness = lightness
    this.sync = new Sync(this.peer, index, roomTag, {
      ...surroundings,
      salt,
      transfer: () => new Transfer(index, salt, declined, purse, lightness),
      isInitiator: bytesToHex(nonce) < bytesToHex(hello.nonce),
      horizon: new Horizon(this.#retentionSeconds, hello.retentionSeconds, lightness),
      hasLacking: (hello.features & FEATURE_LACKING) !== 0,
    })
    if (!this.isClogged) return [...said, ...this.sync.start(now)]
    this.sync.isClogged = true
    this.sync.poke(now)
    return said
  }

  /** Hold back what can wait. */
  clog(): void {
    this.isClogged = true
    if (this.sync !== null) this.sync.isClogged = true
  }

  /** Go on where the channel was clogged. */
  drain(now: Moment): Request[] {
    this.isClogged = false
    return this.liveSync?.drain(now) ?? []
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    return earliest([this.session.deadline, this.liveSync?.deadline ?? null])
  }

  /** Act on what is overdue. */
  tick(now: Moment): Request[] {
    const effects = this.session.tick(now)
    // The session's own tick may have ended it.
    return [...effects, ...(this.liveSync?.tick(now) ?? [])]
  }
}
