/** Folds of a room: one state over all documents of a collection in their linear order, which is alike on all peers. */

import { FOLDS_MAX, PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import { MICROSECONDS, stampOf } from '../core/stamp.ts'
import { shown } from '../core/typed.ts'
import type { ChangeKind } from '../documents/change.ts'
import { namesRead } from '../documents/definition.ts'
import { collectionOf } from '../documents/document.ts'
import { type Plan, plan } from '../documents/plan.ts'
import { ConfigError, CursorError, ViewError } from '../errors.ts'
import type { Collection } from './collection.ts'
import type { Desk } from './desk.ts'
import { FoldLine, type FoldStep } from './foldline.ts'
import { keepUp } from './pulse.ts'
import type { Inside } from './reading.ts'
import type { Doc } from './types.ts'

const CHANGES_AT_ONCE = 1_000
/** Of so many documents that were folded, news of them that come later are not taken for late ones. */
const FOLDED_REMEMBERED = 2_000

/** Keep a state by *step* over *collection*; it follows in the background from then on. */
export async function openFold<T, State>(
  desk: Desk,
  collection: Collection<T>,
  start: State,
  step: FoldStep<State, Doc<T>>,
): Promise<Fold<T, State>> {
  const count = counts.get(desk.room) ?? 0
  if (count >= FOLDS_MAX) throw new ConfigError(`a room has at most ${FOLDS_MAX} folds`)
  if (typeof step !== 'function') throw new ConfigError(`a fold is kept by a function, not by ${shown(step)}`)
  const fold = new Fold(collection.inside, start, step)
  counts.set(desk.room, count + 1)
  void keepUp(fold, desk)
  return fold
}

const counts = new WeakMap<object, number>()

/**
 * A state, kept by `step(state, doc)` over the documents that are seen, oldest first. Made by `Room.fold`.
 *
 * A document that comes late, or goes, takes the state back to before it, and what stands behind is folded again.
 */
export class Fold<T, State> {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** Why it stopped; null while it goes on. */
  error: ViewError | null = null
  readonly #inside: Inside<T>
  readonly #start: State
  readonly #step: FoldStep<State, Doc<T>>
  readonly #plan: Plan
  #line: FoldLine<State, Doc<T>>
  #since: string | null = null
  readonly #folded = new Set<RecordId>()
  /** One after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(inside: Inside<T>, start: State, step: FoldStep<State, Doc<T>>) {
    const wish = { order: 'time', limit: PAGE_DOCUMENTS_MAX }
    this.#inside = inside
    this.#start = start
    this.#step = step
    this.#plan = plan(inside.collection.definition, {}, wish, 0)
    this.#line = new FoldLine(start, step)
  }

  /** What has been folded, as far as it has come. */
  get state(): State {
    return this.#line.state
  }

  /** Of how many documents it is the state. */
  get count(): number {
    return this.#line.count
  }

  /** How many documents were taken back and folded again, altogether. */
  get undone(): number {
    return this.#line.undone
  }

  /**
   * Wait until all that is saved now is folded.
   *
   * Refused with a ViewError when it stopped; the cause is what its function threw.
   */
  async ready(): Promise<void> {
    this.#inside.desk.checkOpen()
    const work = async () => {
      if (this.error === null) await this.#catchUp()
      if (this.error !== null) throw this.error
    }
    const done = this.#last.then(work, work)
    this.#last = done
    await done
  }

  async #catchUp(): Promise<void> {
    const store = await this.#inside.store()
    this.#since ??= await store.log('lastChange')
    try {
      await this.#read()
    } catch (error) {
      if (!(error instanceof CursorError)) throw error
      this.#line = new FoldLine(this.#start, this.#step)
      // What was hidden in the stretch that is lost comes late when it is shown.
      this.#folded.clear()
      this.#since = await store.log('lastChange')
    }
    for (;;) {
      const records = await store.find({ ...this.#plan, after: this.#line.seat })
      if (records.length === 0) return
      await this.#fold(records)
      if (this.error !== null) return
    }
  }

  async #read(): Promise<void> {
    for (let isLast = false; !isLast; ) {
      // What was found may have gone before the log told of its coming.
      const wish = { limit: CHANGES_AT_ONCE, withUntold: true }
      const page = await this.#inside.desk.documents.log('changes', this.#since, wish)
      for (const { kind, record } of page.changes) this.#take(kind, record)
      this.#since = page.end
      isLast = page.isLast
    }
  }

  #take(kind: ChangeKind, record: Record): void {
    const isGone = kind === 'removed' || kind === 'hidden'
    const isFolded = isGone ? this.#folded.delete(record.id) : this.#folded.has(record.id)
    if (record.wire.length === 0) {
      // Of what is gone the microseconds are not known, nor the collection.
      return this.#line.undo(record.createdAt * MICROSECONDS, null)
    }
    const isOurs = namesRead(this.#inside.collection.definition).includes(collectionOf(record) ?? '')
    if (isOurs && (isGone || !isFolded)) this.#line.undo(stampOf(record), record.id)
  }

  async #fold(records: readonly Record[]): Promise<void> {
    const docs = new Map((await this.#inside.docs(records)).map(doc => [doc.id, doc]))
    const entries = records.map(record => {
      const seat = { values: [], stamp: stampOf(record), id: record.id }
      return [seat, docs.get(record.id) ?? null] as const
    })
    try {
      this.#line.fold(entries)
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : `it threw ${shown(cause)}`
      const { name } = this.#inside.collection
      this.error = new ViewError(`the fold over ${shown(name)} stopped: ${reason}`, { cause })
    }
    for (const { id } of records) this.#folded.add(id)
    for (const id of this.#folded) {
      if (this.#folded.size <= FOLDED_REMEMBERED) break
      this.#folded.delete(id)
    }
  }
}
