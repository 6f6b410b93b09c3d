/** One tab of several that are in one room with one database: one of them is the peer, and the others follow it. */

import { bytesToHex } from '@noble/hashes/utils.js'
import { loaded } from '../adapters/storage.ts'
import { beforeSleep, type Seat, takeSeat } from '../adapters/tabs.ts'
import type { Moment } from '../core/clock.ts'
import { SecretKey } from '../core/keys.ts'
import type { Rng } from '../core/rng.ts'
import type { RoomName } from '../core/signal.ts'
import { RoomClosedError } from '../errors.ts'
import type { Identity } from '../identity/given.ts'
import { keySigner } from '../identity/signers.ts'
import type { Rulebook } from '../moderation/rulebook.ts'
import type { RoomEvent } from '../notices.ts'
import type { Deputy } from './deputy.ts'
import { Leader } from './leading.ts'
import { type Peer, type RoomParts, Voice } from './peer.ts'
import type { Remote, Welcome } from './remote.ts'
import { withEvents } from './status.ts'

const ID_BYTES = 16

/** What a tab works with. */
export interface TabOptions {
  readonly name: RoomName
  readonly terms: string
  readonly rulebook: Rulebook
  readonly rng: Rng
  readonly now: () => Moment
  /** Nobody gave a key: all such tabs write with one. */
  readonly isFresh: boolean
  /** Names the tabs that agree on everything. */
  readonly group: string
  readonly open: (identity: Identity, voice: Voice) => Promise<Peer>
}

/** Leads or follows, until its room is left. */
export class Tab {
  readonly #options: TabOptions
  readonly #voice = new Voice()
  readonly #waiting = new AbortController()
  #identity: Identity
  #seat: Seat | null = null
  /** What others see that this tab is there by. */
  #place: Seat | null = null
  #remote: Remote | null = null
  #deputy: Deputy | null = null
  /** Waits for the first leader. */
  #greeted: ((welcome: Welcome) => void) | null = null
  #leader: Leader | null = null
  #peer: Peer | null = null
  #promotion: Promise<void> | null = null
  #stopSleep: () => void = () => {}
  #failure: unknown = null
  #isOver = false

  constructor(options: TabOptions, identity: Identity) {
    this.#options = options
    this.#identity = identity
    // Who has no database has nothing to share.
    const tell = (event: RoomEvent) => {
      if (event.type === 'StorageUnavailable') this.#resign()
      this.#leader?.tell(event)
    }
    this.#voice.echo = { tell, step: () => this.#leader?.step() }
  }

  /** Lead, where nobody does, or follow. */
  async enter(): Promise<Peer> {
    if (!(await this.#sit('free'))) return await this.#follow()
    return { ...(await this.#lead()), release: () => this.#release() }
  }

  async #sit(how: 'free' | 'wait' | 'force'): Promise<boolean> {
    const waiting = how === 'wait' ? { signal: this.#waiting.signal } : {}
    const seat = await takeSeat(this.#options.group, { how, onLost: () => this.#resign(), ...waiting })
    if (seat !== null) this.#seat = seat
    return seat !== null
  }

  /** Be the peer for all tabs. */
  async #lead(): Promise<Peer> {
    const { group, isFresh, open } = this.#options
    this.#leader = new Leader(group, isFresh ? this.#identity.key.secret : null)
    this.#stopSleep = beforeSleep(() => this.#resign())
    try {
      this.#peer = await open(this.#identity, this.#voice)
    } catch (error) {
      this.#resign()
      throw error
    }
    this.#leader?.serve(this.#peer)
    return this.#peer
  }

  /** Be a peer for this tab alone. */
  #resign(): void {
    this.#stopSleep()
    this.#leader?.close()
    this.#leader = null
    this.#seat?.leave()
    this.#seat = null
  }

  async #follow(): Promise<Peer> {
    const { group, rng, now, rulebook } = this.#options
    const id = bytesToHex(rng.randomBytes(ID_BYTES))
    this.#place = await takeSeat(`${group}/${id}`, { how: 'wait' })
    const { Deputy, Remote } = await loaded(import('./following.ts')).catch(error => this.#giveUp(error))
    const greeting = new Promise<Welcome>(resolve => {
      this.#greeted = resolve
    })
    const remote = new Remote(group, id, {
      voice: this.#voice,
      now,
      onWelcome: welcome => this.#greet(welcome),
      onSilence: () => void this.#rise('force'),
    })
    const deputy = new Deputy(remote, rulebook.setRules, () => this.#voice.checkOpen())
    this.#remote = remote
    this.#deputy = deputy
    this.#voice.moderation = deputy
    const welcome = await Promise.race([greeting, this.#rise('wait').then(() => this.#promotion)])
    if (this.#failure !== null) return await this.#giveUp(this.#failure)
    await deputy.start()
    const retentionSeconds = welcome?.retentionSeconds ?? remote.own?.retentionSeconds ?? 0
    return { ...this.#facade(remote, deputy), retentionSeconds, release: () => this.#release() }
  }

  #greet(welcome: Welcome): void {
    this.#greeted?.(welcome)
    // Of one who leads next, what this tab missed in between is asked once more.
    if (this.#greeted === null) this.#deputy?.start().catch(() => {})
    const { secret } = welcome
    if (this.#greeted !== null && this.#options.isFresh && secret !== null) {
      const key = new SecretKey(secret)
      this.#identity = { key, signer: keySigner(key) }
    }
    this.#greeted = null
  }

  #facade(remote: Remote, deputy: Deputy): Omit<Peer, 'release' | 'retentionSeconds'> {
    const { name, terms } = this.#options
    const transport = {
      get peerId() {
        return remote.own?.parts.transport.peerId ?? remote.status.peerId
      },
      signaling: () => remote.own?.parts.transport.signaling() ?? remote.status.signaling,
    }
    const { bytes, guests, store, engine: driver } = remote
    const { signer } = this.#identity
    const documents = () => remote.documents()
    const tell = (event: RoomEvent) => remote.call('voice', 'tell', event)
    const watchers = new Set<never>()
    let highest = 0
    const agreement = {
      // Who leads next begins to follow anew.
      get settled() {
        highest = Math.max(highest, remote.own?.parts.agreement.settled ?? remote.status.settled)
        return highest
      },
    }
    const health: RoomParts['health'] = events =>
      remote.own?.parts.health(events) ?? withEvents(remote.status.health, events)
    const own = { name, signer, store, transport, driver, agreement, tell, health, documents, bytes, guests, watchers }
    const parts = { ...own, moderation: deputy }
    return { parts, voice: this.#voice, terms }
  }

  /** Take another tab's place once that can be had. */
  async #rise(how: 'wait' | 'force'): Promise<void> {
    if (!(await this.#sit(how))) return
    this.#waiting.abort('over')
    this.#promotion = this.#promote()
    await this.#promotion
  }

  async #promote(): Promise<void> {
    if (this.#isOver) return this.#resign()
    try {
      this.#remote?.adopt(await this.#lead())
    } catch (error) {
      this.#failure = error
      const failure = new RoomClosedError(`the room failed: ${String(error)}`, { cause: error })
      this.#remote?.fail(failure)
      this.#voice.fail(failure)
    }
  }

  async #giveUp(error: unknown): Promise<never> {
    await this.#release()
    throw error
  }

  async #release(): Promise<void> {
    this.#isOver = true
    this.#waiting.abort('over')
    await this.#promotion
    this.#leader?.close()
    this.#leader = null
    try {
      // It may have become ours only after the room had closed what it had.
      await this.#peer?.parts.driver.close()
      await this.#peer?.parts.moderation.close()
    } finally {
      await this.#peer?.release().finally(() => this.#resign())
      this.#remote?.close()
      this.#remote?.fail(new RoomClosedError('the room was left'))
      this.#place?.leave()
    }
  }
}
