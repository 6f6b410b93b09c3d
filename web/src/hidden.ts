/**
 * What is hidden from this page's readers alone: by its view policies, or because its user muted the author.
 *
 * Hidden records stay in the set and in the store. What was hidden, released or muted is noted in the store, so that
 * it survives a reload; nothing of it is told to anyone.
 */

import type { UnixTime } from './core/clock.ts'
import type { PublicKey } from './core/keys.ts'
import type { Record, RecordId } from './core/record.ts'
import { FAILED, type Panel } from './panel.ts'
import type { Store } from './ports.ts'
import type { Event } from './protocol/events.ts'

const QUARANTINE = 'quarantine'
const RELEASED = 'released'
const MUTED = 'muted'
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

/** Hides records of one room; open one with `Curtain.open`. */
export class Curtain {
  readonly #store: Store
  readonly #panel: Panel
  readonly #onEvent: (event: Event) => void
  readonly #quarantine = new Map<RecordId, Hidden>()
  readonly #released = new Map<RecordId, number>()
  readonly #muted = new Set<PublicKey>()
  readonly #waiting: RecordId[] = []
  #work: Promise<void> = Promise.resolve()
  #isWorking = false
  #isClosed = false

  private constructor(store: Store, panel: Panel, onEvent: (event: Event) => void) {
    this.#store = store
    this.#panel = panel
    this.#onEvent = onEvent
  }

  /** Take up the notes of an earlier life, and have the view policies judge what is there. */
  static async open(store: Store, panel: Panel, { onEvent }: { onEvent: (event: Event) => void }): Promise<Curtain> {
    const curtain = new Curtain(store, panel, onEvent)
    for (const hidden of readQuarantine(await store.notes(QUARANTINE))) curtain.#quarantine.set(hidden.id, hidden)
    for (const [id, time] of await store.notes(RELEASED)) curtain.#released.set(id as RecordId, Number(time))
    for (const author of (await store.notes(MUTED)).keys()) curtain.#muted.add(author as PublicKey)
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

  /** Wait until the view policies have seen every record that is here. */
  async judged(): Promise<void> {
    while (this.#isWorking && !this.#isClosed) await this.#work
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
  async forget(id: RecordId): Promise<void> {
    if (this.#quarantine.delete(id)) await this.#store.note(QUARANTINE, id, null)
    if (this.#released.delete(id)) await this.#store.note(RELEASED, id, null)
  }

  /** Judge nothing more. */
  close(): void {
    this.#isClosed = true
    this.#waiting.length = 0
  }

  /** Follow the member set. */
  async take(event: Event): Promise<void> {
    if (event.type === 'RecordAdded' && !this.#panel.isEmpty) {
      this.#waiting.push(event.record.id)
      this.#stir()
    } else if (event.type === 'RecordDeleted') {
      await this.forget(event.id)
    } else if (event.type === 'RecordsExpired') {
      const times = [...this.#released, ...this.quarantine().map(each => [each.id, each.createdAt] as const)]
      for (const [id, time] of times) if (time < event.before) await this.forget(id)
    }
  }

  #stir(): void {
    if (this.#isWorking) return
    this.#isWorking = true
    this.#work = this.#run().finally(() => {
      this.#isWorking = false
    })
  }

  /** Judge what waits; intake never does. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const ids = this.#waiting.splice(0, JUDGED_AT_ONCE)
      const fresh = ids.filter(id => !this.#quarantine.has(id) && !this.#released.has(id))
      const records = await this.#store.get(fresh)
      const verdicts = await this.#panel.judge(records)
      for (const [place, record] of records.entries()) {
        const verdict = verdicts[place]
        // A view policy that broke hides nothing: what it could not judge is no worse than without it.
        if (verdict?.type === 'Reject' && verdict.rule !== FAILED) await this.#hide(record, verdict)
      }
    }
  }

  async #hide(record: Record, verdict: { policy: string; reason: string; rule: string }): Promise<void> {
    const policy = verdict.policy.slice(0, NAME_MAX)
    const reason = verdict.reason.slice(0, REASON_MAX)
    const rule = verdict.rule.slice(0, NAME_MAX)
    this.#quarantine.set(record.id, { id: record.id, createdAt: record.createdAt, policy, reason, rule })
    this.#onEvent({ type: 'RecordHidden', id: record.id, policy, reason })
    await this.#store.note(
      QUARANTINE,
      record.id,
      JSON.stringify({ policy, reason, rule, created_at: record.createdAt }),
    )
  }
}

/** Give what *notes* hold; what makes no sense is left out. */
function readQuarantine(notes: ReadonlyMap<string, string>): Hidden[] {
  return [...notes].flatMap(([id, text]) => {
    const row = parse(text)
    if (row === null) return []
    const { policy, reason, rule, created_at: createdAt } = row
    const areTexts = typeof policy === 'string' && typeof reason === 'string' && typeof rule === 'string'
    if (!areTexts || !Number.isSafeInteger(createdAt)) return []
    return [{ id: id as RecordId, createdAt: createdAt as UnixTime, policy, reason, rule }]
  })
}

function parse(text: string): { readonly [name: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as { readonly [name: string]: unknown }) : null
  } catch {
    return null
  }
}
