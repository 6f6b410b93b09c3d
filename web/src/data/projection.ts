/**
 * The documents of a room in the tab that is its peer: hidden with their records, let go in time, told of when they
 * change. Loaded by pages that declare a collection.
 */

import { ask, forwarding, type Method } from '../adapters/forwarding.ts'
import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import { HIDDEN, SHADOWED, type State } from '../documents/document.ts'
import type { Moderation } from '../moderation/moderator.ts'
import type { RoomEvent } from '../notices.ts'
import type { DocumentStore } from '../ports.ts'

/** Nobody sees for longer what has expired. */
export const SWEEP_SECONDS = 5

const SETTLE_MILLISECONDS = 50

/** What a projection asks of its room. */
export interface Ground {
  readonly moderation: Pick<Moderation, 'hides' | 'shadows' | 'quarantine' | 'muted'>
  readonly now: () => UnixTime
  readonly tell: (event: RoomEvent) => void
}

/** Keeps documents in step with what moderation says. */
export class Projection {
  /** The log of changes, and what is said of the versions of registers, are about what readers see when it is asked. */
  readonly documents: DocumentStore
  readonly #store: DocumentStore
  readonly #ground: Ground
  readonly #timer: ReturnType<typeof setInterval>
  /** What is being written. */
  #writing: Promise<unknown> = Promise.resolve()
  #swept = 0
  #due: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(documents: DocumentStore, ground: Ground) {
    this.#store = documents
    const asked = async (method: Method, ...given: readonly unknown[]) => {
      if (method === 'log' || method === 'registerVersions') await this.#settle()
      const answer = await ask(documents, method, given)
      if (method === 'build') ground.tell({ type: 'RecordsIndexed', left: Number(answer) })
      return answer
    }
    this.documents = forwarding(asked, { watch: listener => documents.watch(listener) })
    this.#ground = ground
    documents.watch(changed => {
      for (const [collection, turnover] of changed) ground.tell({ type: 'CollectionChanged', collection, turnover })
    })
    this.#timer = setInterval(() => this.#attempt(() => this.#sweep()), SWEEP_SECONDS * 1_000)
  }

  /** Begin; follows nothing when that fails. */
  async start(): Promise<void> {
    try {
      await this.#heed()
      await this.#sweep()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Follow what happens in the room. */
  take(event: RoomEvent): void {
    if (event.type === 'RecordHidden') {
      return this.#attempt(() => this.#store.mark([event.id], HIDDEN, { isSet: true }))
    }
    const isMember = event.type === 'RecordAdded' || event.type === 'RecordDeleted'
    if (event.type !== 'CurtainChanged' && (!isMember || this.#hasNoRules)) return
    this.#due ??= setTimeout(() => this.#heedNow(), SETTLE_MILLISECONDS)
  }

  /** Follow nothing more. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    clearTimeout(this.#due)
  }

  get #hasNoRules(): boolean {
    return this.#ground.moderation.shadows.isEmpty
  }

  async #heed(): Promise<void> {
    const { moderation } = this.#ground
    const hides = (id: RecordId, author: PublicKey) => moderation.hides({ id, author } as Record)
    const isShadowed = (id: RecordId) => !this.#hasNoRules && moderation.shadows.isRuledOut(id)
    const bitsOf = (id: RecordId, author: PublicKey): State =>
      (hides(id, author) ? HIDDEN : 0) | (isShadowed(id) ? SHADOWED : 0)
    const isNothing = this.#hasNoRules && moderation.quarantine().length + moderation.muted().length === 0
    await this.#store.heed(isNothing ? null : bitsOf)
  }

  /** Write what is due. */
  async #settle(): Promise<void> {
    if (this.#due !== undefined) this.#heedNow()
    if (this.#ground.now() > this.#swept) this.#attempt(() => this.#sweep())
    await this.#writing
  }

  #heedNow(): void {
    clearTimeout(this.#due)
    this.#due = undefined
    this.#attempt(() => this.#heed())
  }

  async #sweep(): Promise<void> {
    const now = this.#ground.now()
    this.#swept = now
    await this.#store.sweep(now)
  }

  #attempt(work: () => Promise<void>): void {
    if (this.#isClosed) return
    const done = work().catch(error => {
      if (!this.#isClosed) this.#ground.tell({ type: 'StorageFailed', reason: `documents: ${String(error)}` })
    })
    this.#writing = Promise.all([this.#writing, done])
  }
}
