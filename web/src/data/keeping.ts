/** Renews documents of our own before the room lets them go. Loaded by pages that declare a collection to be kept. */

import type { UnixTime } from '../core/clock.ts'
import { KIND_DELETION, type Record } from '../core/record.ts'
import { collectionOf, present, type Row, rowOf } from '../documents/document.ts'
import { plan } from '../documents/plan.ts'
import { PeersetError, RoomClosedError } from '../errors.ts'
import { draftDocument, draftVersion } from './drafts.ts'
import { inTurn } from './locks.ts'
import type { Inside } from './reading.ts'
import { ageSeconds, lookAfter, lookSeconds } from './renewal.ts'

export const RENEWED_AT_ONCE = 1_000
const PAGE_RECORDS = 100

/** Keep a collection from now on, until its room is left. */
export function keep<T>(inside: Inside<T>): void {
  const { collection, desk } = inside
  // It may have been left while this was being loaded: nobody would end it.
  desk.checkOpen()
  const keeper = new Keeper(inside, desk.keptSeconds)
  lookAfter({
    name: `peerset/keep/${desk.name}/${collection.name}`,
    now: () => desk.now(),
    isDue: now => keeper.isDue(now),
    look: now => keeper.look(now),
    failed: error => desk.complain(error),
    keep: end => desk.keep(end),
  })
}

/**
 * Signs anew what of one collection is ours, of no end, and older than two thirds of the window.
 *
 * A register gets another version of the same value. A document of its own is written anew, and the old one deleted: it
 * has another id and time then, and follows nothing.
 */
export class Keeper<T> {
  readonly #inside: Inside<T>
  readonly #ageSeconds: number
  readonly #lookSeconds: number
  readonly #most: number
  #next = 0

  constructor(inside: Inside<T>, windowSeconds: number, most = RENEWED_AT_ONCE) {
    this.#inside = inside
    this.#most = most
    this.#ageSeconds = ageSeconds(windowSeconds)
    this.#lookSeconds = lookSeconds(windowSeconds)
  }

  /** Say whether it is time again. */
  isDue(now: UnixTime): boolean {
    return now >= this.#next
  }

  /** Renew what is due, if it is time again; what cannot be written now is tried again. */
  async look(now: UnixTime): Promise<void> {
    if (!this.isDue(now)) return
    this.#next = now + this.#lookSeconds
    try {
      if ((await this.renew(now)) === this.#most) this.#next = now
    } catch (error) {
      if (error instanceof RoomClosedError) return
      if (!(error instanceof PeersetError)) throw error
      const { collection, desk } = this.#inside
      desk.complain(`collection ${collection.name}: cannot renew what is ours: ${error.message}`)
    }
  }

  /** Renew what is due, at most so many at once; give how many. */
  async renew(now: UnixTime): Promise<number> {
    const { collection, desk } = this.#inside
    const where = { time: { lt: Math.max(now - this.#ageSeconds, 0) } }
    const wish = { author: desk.speaksFor(collection.definition), order: 'time', limit: PAGE_RECORDS }
    let asked = plan(collection.definition, where, wish, now)
    const store = await this.#inside.store()
    let count = 0
    for (;;) {
      const records = await store.find(asked)
      if (records.length === 0) return count
      for (const record of records) {
        const row = rowOf(collection.definition, record)
        if (row === null) continue
        if (await this.#renew(record, row)) count += 1
        asked = { ...asked, after: { values: [], stamp: row.stamp, id: record.id } }
        if (count === this.#most) return count
      }
    }
  }

  async #renew(record: Record, row: Row): Promise<boolean> {
    const { collection, desk } = this.#inside
    // What others signed for whom we speak, they renew.
    if (row.expiresAt !== null || record.author !== desk.key) return false
    // What an older collection said is not what this one's documents say.
    const isOwn = collectionOf(record) === collection.name
    const content = isOwn ? record.content : JSON.stringify(row.value)
    const { key } = row
    if (key !== null)
      return await inTurn(desk.documents, `${collection.name}/${key}`, () => this.#replace(record, key, content))
    const draft = draftDocument(collection.definition, content, [], null)
    const tags = [
      ['e', record.id],
      ['k', `${record.kind}`],
    ]
    await desk.write([draft, { kind: KIND_DELETION, tags, content: '', after: row.stamp }])
    return true
  }

  async #replace(record: Record, key: string, content: string): Promise<boolean> {
    const { collection, desk, versions } = this.#inside
    const here = await versions(key)
    if (present(here)[0]?.id !== record.id) return false
    await desk.write([draftVersion(collection.definition, key, content, here, { author: desk.key, expiresAt: null })])
    return true
  }
}
