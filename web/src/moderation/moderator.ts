/** What a room's user decides for this page alone: quarantine, mutes, purges and bans, all kept over reloads. */

import type { PublicKey } from '../core/keys.ts'
import { KIND_DELETION, type RecordId } from '../core/record.ts'
import { shortened } from '../core/signal.ts'
import type { Reject } from '../core/verdict.ts'
import { ConfigError, RoomClosedError } from '../errors.ts'
import type { Store } from '../ports.ts'
import type { Input } from '../protocol/inputs.ts'
import type { Subject } from '../protocol/strikes.ts'
import type { Ban, Ledger } from './bans.ts'
import type { Curtain, Hidden } from './curtain.ts'
import type { Shadows } from './shadows.ts'

export const BAN_SECONDS_MAX: number = 100 * 365 * 86_400
/** A key has 64 digits, the longest text of an IPv6 address with its zone fewer characters than these. */
export const SUBJECT_CHARACTERS_MAX = 64

/** What moderation asks of the room's driver. */
export interface NodeDriver {
  readonly node: { readonly key: { readonly publicKey: PublicKey } }
  /** Let the node take *input*, after those that came before. */
  take(input: Input): void
  /** Let the node take *input*, and wait until it has. */
  deliver(input: Input): Promise<void>
}

/** What moderation works with. */
export interface ModeratedParts {
  readonly store: Store
  readonly shadows: Shadows
  readonly curtain: Curtain
  readonly ledger: Ledger
  readonly driver: NodeDriver
}

/** The part of a `Room` that moderates it here. */
export class Moderated {
  protected failure: RoomClosedError | null = null
  protected leaving: Promise<void> | null = null
  readonly #parts: ModeratedParts

  constructor(parts: ModeratedParts) {
    this.#parts = parts
  }

  /** Give the set rule that hides a member from `records`, with its reason; null when it is seen. */
  shadowing(id: RecordId): Reject | null {
    return this.#parts.shadows.shadowing(id)
  }

  /** Give what view policies hide here, oldest first; `get` still gives such a record. */
  quarantine(): Hidden[] {
    return this.#parts.curtain.quarantine()
  }

  /** Wait until the view policies have seen every record that is here; throws RoomClosedError when the room is left. */
  async judged(): Promise<void> {
    this.checkOpen()
    await this.#parts.curtain.judged()
    this.checkOpen()
  }

  /** Show a quarantined record, now and after every reload; throws ConfigError when it is not in quarantine. */
  async release(id: RecordId): Promise<void> {
    this.checkOpen()
    if (!(await this.#parts.curtain.release(id))) throw new ConfigError(`record ${shortened(id)} is not in quarantine`)
  }

  /**
   * Destroy a record's content here, for good; its id stays in the set, so it is never fetched again.
   *
   * Throws ConfigError when the record is not here, or is a deletion, which must stay.
   */
  async purge(id: RecordId): Promise<void> {
    this.checkOpen()
    const { store, driver, shadows, curtain } = this.#parts
    const [found] = await store.get([id])
    if (found === undefined) throw new ConfigError(`there is no record ${shortened(id)} here`)
    if (found.kind === KIND_DELETION) {
      throw new ConfigError(`record ${shortened(id)} is a deletion: without it, what it deletes would come back`)
    }
    await store.purge([id])
    driver.take({ type: 'Purged', ids: [id] })
    shadows.remove(id)
    curtain.forget(id)
  }

  /** Hide everything by *author* here. */
  async mute(author: PublicKey): Promise<void> {
    this.checkOpen()
    await this.#parts.curtain.mute(author)
  }

  /** Show what *author* writes again. */
  async unmute(author: PublicKey): Promise<void> {
    this.checkOpen()
    await this.#parts.curtain.unmute(author)
  }

  /** Give the authors that are muted. */
  muted(): PublicKey[] {
    return this.#parts.curtain.muted()
  }

  /** Give whose sessions are refused, the first ban to end first. */
  bans(): Ban[] {
    return this.#parts.ledger.bans()
  }

  /**
   * End every session of a key, or of a network address, and refuse new ones for *seconds*, over reloads too.
   *
   * Throws ConfigError when *seconds* are none, or more than a hundred years, or *subject* can be nobody else's.
   */
  async ban(
    subject: Subject,
    { seconds, reason = 'banned by the user' }: { readonly seconds: number; readonly reason?: string },
  ): Promise<void> {
    this.checkOpen()
    if (!(seconds > 0 && seconds <= BAN_SECONDS_MAX)) {
      throw new ConfigError(`a ban lasts more than 0 and at most ${BAN_SECONDS_MAX} seconds, not ${seconds}`)
    }
    if (subject.length === 0 || subject.length > SUBJECT_CHARACTERS_MAX) {
      throw new ConfigError(`${JSON.stringify(subject)} is neither a key of 64 digits nor a network address`)
    }
    if (subject === this.#parts.driver.node.key.publicKey) throw new ConfigError('our own key cannot be banned')
    this.#parts.ledger.explain(subject, reason)
    await this.#setBan(subject, seconds)
  }

  /** End a ban early. */
  async lift(subject: Subject): Promise<void> {
    this.checkOpen()
    await this.#setBan(subject, 0)
  }

  async #setBan(subject: Subject, seconds: number): Promise<void> {
    await this.#parts.driver.deliver({ type: 'KeyBanned', key: subject, seconds })
    await this.#parts.ledger.save()
  }

  /** Throw a RoomClosedError when the room was left, or failed. */
  protected checkOpen(): void {
    if (this.failure !== null) throw this.failure
    if (this.leaving !== null) throw new RoomClosedError('the room was left')
  }
}
