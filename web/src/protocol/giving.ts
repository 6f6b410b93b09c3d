/**
 * What neighbours are given in rounds of sync and when they fetch, and how much of that they may have.
 *
 * Each key has as much as our set is large, and something more an hour. Who was given all of it and then says that it has
 * none waits, each time twice as long. None of this is a fault: it is only slower (docs/protocol.md, "Giving").
 */

import { Allowance } from '../core/allowance.ts'
import { after, HOUR_SECONDS, type Moment, type Monotonic } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { GIVEN_BYTES_PER_HOUR, GIVEN_KEYS_MAX, GIVEN_WAIT_MAX_SECONDS, GIVEN_WAIT_SECONDS } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import { isEphemeral, type Record } from '../core/record.ts'
import { Bite, type Budget } from './health.ts'

/** What one key was given, whatever the number of its sessions. */
interface Account {
  /** Bytes, up to those of our set. */
  given: number
  /** What it may have beyond that. */
  readonly beyond: Allowance
}

/** The accounts of the latest `GIVEN_KEYS_MAX` keys; the records of our set, *index*, take *setBytes* at first. */
export class Giving {
  readonly #index: Index
  /** All that were ever in it, and their bytes. */
  #records: number
  #bytes: number
  readonly #accounts = new Map<PublicKey, Account>()
  /** Those for whom there was something, while their purses were closed. */
  readonly waiting = new Set<Purse>()
  readonly bite = new Bite()

  constructor(index: Index, setBytes = 0) {
    this.#index = index
    this.#records = index.size
    this.#bytes = setBytes
  }

  /** Give what says how much *key* may have, for one session. */
  purse(key: PublicKey, now: Moment): Purse {
    const beyond = new Allowance(GIVEN_BYTES_PER_HOUR / HOUR_SECONDS, GIVEN_BYTES_PER_HOUR)
    const account = this.#accounts.get(key) ?? { given: 0, beyond }
    // What is spent from now on is made good from now on.
    account.beyond.left(now)
    this.#accounts.delete(key)
    this.#accounts.set(key, account)
    const [oldest = key] = this.#accounts.keys()
    if (this.#accounts.size > GIVEN_KEYS_MAX) this.#accounts.delete(oldest)
    return new Purse(this, account)
  }

  /** About how large our set is: what went was as large as what is left. */
  get setBytes(): number {
    return Math.floor((this.#bytes * this.#index.size) / Math.max(this.#records, 1))
  }

  /** Note that *records* are new in our set, but for ephemeral ones. */
  grow(records: Iterable<Record>): void {
    for (const record of records) {
      if (isEphemeral(record)) continue
      this.#records += 1
      this.#bytes += record.wire.length
    }
  }

  /** Note that so many *names* are new in our set, or fewer, of which there is nothing to give. */
  count(names: number): void {
    this.#records += names
  }

  /** Say how much who has least left took beyond the set; bites while somebody waits. */
  budget(now: Moment): Budget {
    for (const purse of this.waiting) if (purse.isOpen(now)) this.waiting.delete(purse)
    if (this.waiting.size === 0) this.bite.ease()
    const left = [...this.#accounts.values()].map(({ beyond }) => beyond.left(now))
    const used = Math.round(GIVEN_BYTES_PER_HOUR - Math.min(GIVEN_BYTES_PER_HOUR, ...left))
    return this.bite.budget('given', used, GIVEN_BYTES_PER_HOUR)
  }
}

/** What one session may be given, out of the account of its key; made by `Giving.purse`. */
export class Purse {
  readonly #giving: Giving
  readonly #account: Account
  /** Bytes given since the neighbour last had to wait for having nothing. */
  #givenSince = 0
  #wait: number = GIVEN_WAIT_SECONDS
  #closedUntil: Monotonic | null = null

  constructor(giving: Giving, account: Account) {
    this.#giving = giving
    this.#account = account
  }

  /** Say whether the neighbour may be given something. */
  isOpen(now: Moment): boolean {
    if (this.#closedUntil !== null && now.monotonic < this.#closedUntil) return false
    return this.#account.given < this.#giving.setBytes || this.#account.beyond.left(now) > 0
  }

  /** Say the same of what is to be given now, and note when it is not. */
  admits(now: Moment): boolean {
    const isOpen = this.isOpen(now)
    if (!isOpen) {
      this.#giving.waiting.add(this)
      this.#giving.bite.bite(now.unix)
    }
    return isOpen
  }

  /** Note that *size* bytes are given. */
  spend(size: number): void {
    this.#givenSince += size
    const free = Math.min(size, Math.max(0, this.#giving.setBytes - this.#account.given))
    this.#account.given += free
    this.#account.beyond.take(size - free)
  }

  /** Note that the neighbour says to have *count* records of those that a round compares. */
  said(count: number, now: Monotonic): void {
    if (count > 0) {
      this.#wait = GIVEN_WAIT_SECONDS
    } else if (this.#givenSince > 0 && this.#givenSince >= this.#giving.setBytes) {
      this.#closedUntil = after(now, this.#wait)
      this.#wait = Math.min(2 * this.#wait, GIVEN_WAIT_MAX_SECONDS)
      this.#givenSince = 0
    }
  }

  /** End with the session. */
  leave(): void {
    this.#giving.waiting.delete(this)
  }
}
