/** Folds of a room: one state over all documents of a collection in their linear order, which is alike on all peers. */

import { CHANGES_AT_ONCE, FOLDS_MAX, PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
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
import { FoldKeeping, forget, readFoldVersion } from './foldkeeping.ts'
import { FoldLine, type FoldStep } from './foldline.ts'
import { keepUp, reasonOf } from './pulse.ts'
import type { Inside } from './reading.ts'
import type { Doc } from './types.ts'

/** Of so many documents that were folded, news of them that come later are not taken for late ones. */
const FOLDED_REMEMBERED = 2_000

/** How a fold is kept. */
export interface FoldOptions {
  /** Under which its state is kept for the next page; without one it lives with this page. */
  readonly name?: string | undefined
  /** Another one than before begins anew; 1 unless said otherwise. */
  readonly version?: number | undefined
}

/** Keep a state by *step* over *collection*; it follows in the background from then on. */
export async function openFold<T, State>(
  desk: Desk,
  collection: Collection<T>,
  { start, step }: Folding<T, State>,
  { name, version = 1 }: FoldOptions = {},
): Promise<Fold<T, State>> {
  const folds = known.get(desk.room) ?? new Map<Fold<never, never>, string | undefined>()
  if (folds.size >= FOLDS_MAX) throw new ConfigError(`a room has at most ${FOLDS_MAX} folds`)
  if (typeof step !== 'function') throw new ConfigError(`a fold is kept by a function, not by ${shown(step)}`)
  if (name !== undefined && [...folds.values()].includes(name))
    throw new ConfigError(`there is a fold ${shown(name)} already`)
  readFoldVersion(version)
  const { digest } = collection.definition
  const keeping = name === undefined ? null : new FoldKeeping(desk, name, version, digest)
  const fold = new Fold(collection.inside, { start, step }, keeping)
  known.set(desk.room, folds.set(fold as never, name))
  const stop = desk.on(event => {
    if (event.type !== 'ProjectionDropped' || event.name !== (event.what === 'fold' ? name : collection.name)) return
    if (event.what === 'view') return
    stop()
    folds.delete(fold as never)
    // What is kept of it may be written once more before it ends.
    const forgotten = () => (event.what === 'fold' ? forget(desk, event.name) : undefined)
    fold
      .end(event.what === 'fold' ? DROPPED : 'its collection was dropped here')
      .then(forgotten)
      .catch(error => desk.complain(error))
  })
  void keepUp(fold, desk)
  return fold
}

const DROPPED = 'it was dropped here'

/** What a fold begins with, and what it does with each document. */
export interface Folding<T, State> {
  readonly start: State
  readonly step: FoldStep<State, Doc<T>>
}

/** The names of the folds of a room; those without one count, too. */
const known = new WeakMap<object, Map<Fold<never, never>, string | undefined>>()

/** Forget where a fold stood, whoever declared it; it stops in all tabs. */
export async function dropFold(desk: Desk, name: string): Promise<void> {
  const ours = [...(known.get(desk.room) ?? [])].flatMap(([fold, known]) => (known === name ? [fold] : []))
  await desk.tell({ type: 'ProjectionDropped', what: 'fold', name })
  for (const fold of ours) await fold.end(DROPPED)
  await forget(desk, name)
}

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
  readonly #folding: Folding<T, State>
  readonly #keeping: FoldKeeping | null
  readonly #plan: Plan
  #line: FoldLine<State, Doc<T>>
  #since: string | null = null
  readonly #folded = new Set<RecordId>()
  /** Why it is to stop, whatever else befalls it by then. */
  #ending: string | null = null
  /** One after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(inside: Inside<T>, folding: Folding<T, State>, keeping: FoldKeeping | null) {
    const wish = { order: 'time', limit: PAGE_DOCUMENTS_MAX }
    this.#inside = inside
    this.#folding = folding
    this.#keeping = keeping
    this.#plan = plan(inside.collection.definition, {}, wish, 0)
    this.#line = this.#begun()
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
   * The stamp below which all peers that are present held what we hold; 0 before they ever did.
   *
   * Who has it so far has this state up to there, unless something comes later that is dated before.
   */
  get settled(): number {
    return this.#inside.desk.agreement.settled
  }

  /**
   * Wait until all that is saved now is folded.
   *
   * Refused with a ViewError when it stopped; the cause is what its function threw.
   */
  async ready(): Promise<void> {
    const work = async () => {
      try {
        this.#inside.desk.checkOpen()
        if (this.error === null) await this.#catchUp()
      } catch (cause) {
        // Neither a state nor a collection that is none becomes one by what comes.
        if (!(cause instanceof ConfigError)) throw cause
        if (this.error === null) this.#stop(cause.message, cause)
      }
      if (this.error !== null) throw this.error
    }
    await this.#inTurn(work)
  }

  /** Stop, once what it is doing is done; what is folded stays. */
  async end(reason: string): Promise<void> {
    this.#ending ??= reason
    await this.#inTurn(async () => {
      if (this.error === null) this.#stop(reason)
    })
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work, work)
    this.#last = done
    await done
  }

  #stop(reason: string, cause?: unknown): void {
    const { name } = this.#inside.collection
    this.error = new ViewError(`the fold over ${shown(name)} stopped: ${this.#ending ?? reason}`, { cause })
  }

  async #catchUp(): Promise<void> {
    const store = await this.#inside.store()
    this.#since ??= (await this.#resume()) ?? (await store.log('lastChange'))
    try {
      await this.#read()
    } catch (error) {
      if (!(error instanceof CursorError)) throw error
      this.#line = this.#begun()
      // What was hidden in the stretch that is lost comes late when it is shown.
      this.#folded.clear()
      this.#since = await store.log('lastChange')
    }
    for (;;) {
      const records = await store.find({ ...this.#plan, after: this.#line.seat })
      if (records.length === 0) break
      await this.#fold(records)
      if (this.error !== null) return
    }
    if (this.#keeping?.isDue(this.count)) await this.#keeping.save(this.#line.last, this.#since)
  }

  #begun(): FoldLine<State, Doc<T>> {
    return new FoldLine(this.#folding.start, this.#folding.step)
  }

  /** Go on where an earlier page stopped; give up to which change that was, null where there was none. */
  async #resume(): Promise<string | null> {
    const [checkpoint, since] = (await this.#keeping?.load()) ?? []
    if (checkpoint !== undefined) this.#line.resume(checkpoint)
    return since ?? null
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
      this.#stop(reasonOf(cause), cause)
    }
    for (const { id } of records) this.#folded.add(id)
    for (const id of this.#folded) {
      if (this.#folded.size <= FOLDED_REMEMBERED) break
      this.#folded.delete(id)
    }
  }
}
