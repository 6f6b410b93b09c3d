/**
 * What is hidden from this page's readers alone: by its view policies, or because its user muted the author.
 *
 * Hidden records stay in the set and in the store. What was hidden, released or muted is noted in the store, so that
 * it survives a reload; nothing of it is told to anyone.
 */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { isEphemeral, type Record, type RecordId } from '../core/record.ts'
import { FAILED, type Reject, type Verdict } from '../core/verdict.ts'
import type { RoomEvent } from '../notices.ts'
import type { Store } from '../ports.ts'
import { MUTED, QUARANTINE, RELEASED, readRow } from './rows.ts'

const JUDGED_AT_ONCE = 64
/** Of what a policy says, in characters, so that it fits into a note. */
const NAME_MAX = 64
const REASON_MAX = 200

/** A record that a view policy hides here. */
export interface Hidden {
  readonly id: RecordId
  readonly createdAt: UnixTime
  readonly policy: string
  readonly reason: string
  readonly rule: string
}

/** Gives one verdict a record, in order: a `Panel`, or what stands for one where there are no policies. */
export interface Court {
  readonly isEmpty: boolean
  judge(records: readonly Record[]): Promise<Verdict[]>
}

/** Hides records of one room; open one with `Curtain.open`. */
export class Curtain {
  readonly #store: Store
  readonly #panel: Court
  readonly #onEvent: (event: RoomEvent) => void
  readonly #quarantine = new Map<RecordId, Hidden>()
  readonly #released = new Map<RecordId, number>()
  readonly #muted = new Set<PublicKey>()
  /** What the policies have not seen. */
  readonly #waiting: RecordId[] = []
  /** Notes about records that are gone. */
  readonly #stale: [kind: string, id: RecordId][] = []
  #work: Promise<void> | null = null
  #isClosed = false

  private constructor(store: Store, panel: Court, onEvent: (event: RoomEvent) => void) {
    this.#store = store
    this.#panel = panel
    this.#onEvent = onEvent
  }

  /** Take up the notes of an earlier life, and have the view policies judge what is there. */
  static async open(
    store: Store,
    panel: Court,
    { onEvent }: { onEvent: (event: RoomEvent) => void },
  ): Promise<Curtain> {
    const curtain = new Curtain(store, panel, onEvent)
    for (const hidden of readQuarantine(await store.notes(QUARANTINE))) curtain.#quarantine.set(hidden.id, hidden)
    for (const [id, time] of readReleased(await store.notes(RELEASED))) curtain.#released.set(id, time)
    for (const author of (await store.notes(MUTED)).keys()) {
      if (HEX_32.test(author)) curtain.#muted.add(author as PublicKey)
    }
    if (!panel.isEmpty) {
      for (const [, id] of (await store.entries()).toReversed()) curtain.#waiting.push(id as RecordId)
      curtain.#stir()
    }
    return curtain
  }

  /** Say whether readers here are not shown *record*. */
  hides(record: Record): boolean {
    return this.#quarantine.has(record.id) || this.#muted.has(record.author)
  }

  /** Give what view policies hide, oldest first. */
  quarantine(): Hidden[] {
    return [...this.#quarantine.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  }

  /** Give the authors that are muted. */
  muted(): PublicKey[] {
    return [...this.#muted].sort()
  }

  /** Wait until the view policies have seen every record that is here, or the curtain is closed. */
  async judged(): Promise<void> {
    while (this.#work !== null && !this.#isClosed) await this.#work
  }

  /** Show a record again and for good; say whether it was hidden. */
  async release(id: RecordId): Promise<boolean> {
    const hidden = this.#quarantine.get(id)
    if (hidden === undefined) return false
    await this.#store.note(RELEASED, id, String(hidden.createdAt))
    await this.#store.note(QUARANTINE, id, null)
    this.#released.set(id, hidden.createdAt)
    this.#quarantine.delete(id)
    return true
  }

  /** Hide everything by *author*. */
  async mute(author: PublicKey): Promise<void> {
    await this.#store.note(MUTED, author, '')
    this.#muted.add(author)
  }

  /** Show what *author* writes again. */
  async unmute(author: PublicKey): Promise<void> {
    await this.#store.note(MUTED, author, null)
    this.#muted.delete(author)
  }

  /** Let go of a record that is gone. */
  forget(id: RecordId): void {
    if (this.#quarantine.delete(id)) this.#stale.push([QUARANTINE, id])
    if (this.#released.delete(id)) this.#stale.push([RELEASED, id])
    this.#stir()
  }

  /** Judge nothing more. */
  close(): void {
    this.#isClosed = true
    this.#waiting.length = 0
    this.#stale.length = 0
  }

  /** Follow the member set. */
  take(event: RoomEvent): void {
    if (event.type === 'RecordAdded' && !isEphemeral(event.record) && !this.#panel.isEmpty) {
      this.#waiting.push(event.record.id)
      this.#stir()
    } else if (event.type === 'RecordDeleted') {
      this.forget(event.id)
    } else if (event.type === 'RecordsExpired') {
      const times = [...this.#released, ...this.quarantine().map(each => [each.id, each.createdAt] as const)]
      for (const [id, time] of times) if (time < event.before && !event.kept.has(id)) this.forget(id)
    }
  }

  #stir(): void {
    if (this.#work === null && this.#waiting.length + this.#stale.length > 0) this.#work = this.#run()
  }

  /** Judge what waits, and drop what is stale; intake never waits for that. */
  async #run(): Promise<void> {
    while (this.#waiting.length + this.#stale.length > 0) {
      await this.#attempt(() => this.#dropStale())
      await this.#attempt(() => this.#judge(this.#waiting.splice(0, JUDGED_AT_ONCE)))
    }
    this.#work = null
  }

  async #dropStale(): Promise<void> {
    for (let note = this.#stale.shift(); note !== undefined; note = this.#stale.shift()) {
      await this.#store.note(...note, null)
    }
  }

  async #judge(ids: readonly RecordId[]): Promise<void> {
    const fresh = ids.filter(id => !this.#quarantine.has(id) && !this.#released.has(id))
    if (fresh.length === 0) return
    const records = await this.#store.get(fresh)
    const verdicts = await this.#panel.judge(records)
    for (const [place, record] of records.entries()) {
      const verdict = verdicts[place]
      // A view policy that broke hides nothing: what it could not judge is no worse than without it.
      if (verdict?.type === 'Reject' && verdict.rule !== FAILED) await this.#hide(record, verdict)
    }
  }

  async #hide(record: Record, verdict: Reject): Promise<void> {
    const policy = verdict.policy.slice(0, NAME_MAX)
    const reason = verdict.reason.slice(0, REASON_MAX)
    const rule = verdict.rule.slice(0, NAME_MAX)
    this.#quarantine.set(record.id, { id: record.id, createdAt: record.createdAt, policy, reason, rule })
    this.#onEvent({ type: 'RecordHidden', id: record.id, policy, reason })
    const row = JSON.stringify({ policy, reason, rule, created_at: record.createdAt })
    await this.#attempt(() => this.#store.note(QUARANTINE, record.id, row))
  }

  /** Do *work*; a store that fails is told of, unless it was closed with the room. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (!this.#isClosed) this.#onEvent({ type: 'StorageFailed', reason })
    }
  }
}

const HEX_32 = /^[0-9a-f]{64}$/
const WHOLE = /^\d{1,16}$/

function readReleased(notes: ReadonlyMap<string, string>): [RecordId, number][] {
  const sane = [...notes].filter(([id, time]) => HEX_32.test(id) && WHOLE.test(time))
  return sane.map(([id, time]) => [id as RecordId, Number(time)])
}

/** Give what *notes* hold; what makes no sense is left out. */
function readQuarantine(notes: ReadonlyMap<string, string>): Hidden[] {
  return [...notes].flatMap(([id, text]) => {
    const row = readRow(text)
    if (row === null || !HEX_32.test(id)) return []
    const { policy, reason, rule, created_at: createdAt } = row
    const areTexts = typeof policy === 'string' && typeof reason === 'string' && typeof rule === 'string'
    if (!areTexts || !Number.isSafeInteger(createdAt)) return []
    return [{ id: id as RecordId, createdAt: createdAt as UnixTime, policy, reason, rule }]
  })
}
