/** Keeps the windows of a collection's live queries up to date. Loaded by the first of them. */

import { pause } from '../adapters/turns.ts'
import { LIVE_QUERIES_MAX } from '../core/limits.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { rowOf, type Turnover } from '../documents/document.ts'
import type { Seat } from '../documents/order.ts'
import type { Plan } from '../documents/plan.ts'
import { ConfigError, QueryError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { DocumentStore } from '../ports.ts'
import type { Desk } from './desk.ts'
import { Facts } from './facts.ts'
import { LiveQuery } from './live.ts'
import { Standing } from './standing.ts'
import { Switchboard } from './switchboard.ts'
import type { Doc } from './types.ts'
import type { Entry } from './window.ts'

/** So many of the newest records are at hand, which most changes are about. */
const RECENT_MAX = 1_000

/** What a feed asks of its collection. */
export interface Source<T> {
  readonly definition: Definition
  readonly desk: Pick<Desk, 'on' | 'keep' | 'get' | 'hides' | 'complain' | 'documents'>
  /** Make a document of a record that fits; null when the model says otherwise. */
  readonly make: (record: Record) => Promise<Doc<T> | null>
}

/** How many live queries there are over the documents of one room. */
const opened = new WeakMap<DocumentStore, number>()

/** All live queries of one collection. */
export class Feed<T> {
  readonly #source: Source<T>
  readonly #board = new Switchboard<T>()
  readonly #queries = new Map<Standing<T>, LiveQuery<T>>()
  readonly #changed = new Set<Standing<T>>()
  readonly #recent = new Map<RecordId, Record>()
  /** What is still to be taken; null: anything may have changed. */
  #turnovers: (Turnover | null)[] = []
  /** Something was hidden of which the store knows nothing yet. */
  #hasSkipped = false
  #isDue = false
  /** One thing happens to windows at a time. */
  #last: Promise<unknown> = Promise.resolve()
  #stop: (() => void) | null = null

  constructor(source: Source<T>) {
    this.#source = source
  }

  /**
   * Begin a live query; refused with a ConfigError when there are `LIVE_QUERIES_MAX` already, and with a QueryError when it
   * is about the past or a later page.
   */
  async open(plan: Plan): Promise<LiveQuery<T>> {
    const { definition, desk } = this.#source
    if (plan.at !== null || plan.after !== null) throw new QueryError('a live query is about the first there are, now')
    if (countOf(desk.documents) >= LIVE_QUERIES_MAX) {
      throw new ConfigError(`${LIVE_QUERIES_MAX} live queries are open: close some`)
    }
    const query = new Standing<T>(definition, plan)
    count(desk.documents, 1)
    // What changes while it is read is told, and taken after that.
    this.#stop ??= desk.on(event => this.#hear(event))
    const live = new LiveQuery<T>(query.window, {
      grow: size => this.#grow(query, size),
      close: () => this.#close(query),
    })
    this.#queries.set(query, live)
    try {
      await this.#inTurn(async () => {
        await this.#fill(query)
        this.#board.add(query)
      })
    } catch (error) {
      this.#close(query)
      throw error
    }
    const stop = desk.keep(() => live.close())
    live.onClose = stop
    live.wake()
    return live
  }

  /** Take what changed, and tell who follows it. */
  async catchUp(): Promise<void> {
    await this.#inTurn(async () => {
      try {
        for (const turnover of this.#turnovers.splice(0)) {
          if (turnover === null) for (const query of this.#queries.keys()) this.#clear(query)
          else await this.#take(turnover)
        }
      } catch (error) {
        // Of what was not taken nobody knows; the next time all is read again.
        this.#turnovers = [null]
        throw error
      }
      await this.#refill()
    })
    this.#tell()
  }

  #hear(event: RoomEvent): void {
    if (event.type === 'RecordAdded') return this.#remember(event.record)
    const isOurs = event.type === 'CollectionChanged' && event.collection === this.#source.definition.name
    const isShownAgain = event.type === 'CurtainChanged' && this.#hasSkipped
    if (!isOurs && !isShownAgain) return
    this.#turnovers.push(isOurs ? event.turnover : null)
    if (this.#isDue) return
    this.#isDue = true
    // What one batch does is told at once.
    void pause().then(() => {
      this.#isDue = false
      return this.catchUp().catch(error => this.#source.desk.complain(error))
    })
  }

  #remember(record: Record): void {
    this.#recent.set(record.id, record)
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > RECENT_MAX && oldest !== undefined) this.#recent.delete(oldest)
  }

  async #take({ came, gone }: Turnover): Promise<void> {
    for (const id of gone) for (const query of this.#board.takeGone(id)) this.#changed.add(query)
    for (const record of await this.#recordsOf(came)) {
      const facts = this.#factsOf(record)
      const takers = facts === null ? [] : this.#board.takers(facts)
      const doc = facts === null || takers.length === 0 ? null : await this.#docOf(record)
      if (facts === null || doc === null) continue
      // Some may have been closed meanwhile.
      const open = takers.filter(query => this.#queries.has(query))
      this.#board.takeCame(open, facts, doc)
      for (const query of open) this.#changed.add(query)
    }
  }

  async #recordsOf(ids: readonly RecordId[]): Promise<Record[]> {
    const missing = ids.filter(id => !this.#recent.has(id))
    const found = missing.length === 0 ? [] : await this.#source.desk.get(missing)
    const here = new Map(found.map(record => [record.id, record]))
    return ids.flatMap(id => here.get(id) ?? this.#recent.get(id) ?? [])
  }

  #factsOf(record: Record): Facts | null {
    const row = rowOf(this.#source.definition, record)
    return row === null || row.state !== 0 ? null : new Facts(this.#source.definition, record, row)
  }

  async #docOf(record: Record): Promise<Doc<T> | null> {
    if (!this.#source.desk.hides(record)) return await this.#source.make(record)
    this.#hasSkipped = true
    return null
  }

  /** Find what windows lack. */
  async #refill(): Promise<void> {
    for (const query of this.#changed) {
      if (query.window.lacks === 0 || !this.#queries.has(query)) continue
      await this.#fill(query)
      if (this.#queries.has(query)) this.#board.hold(query)
    }
  }

  /** Find what stands behind the end of a window, and go on where some of it is hidden or refused by the model. */
  async #fill(query: Standing<T>): Promise<void> {
    const { window, plan } = query
    const { lacks } = window
    const entries: Entry<T>[] = []
    for (let after = window.last, isMore = true; isMore && entries.length < lacks; ) {
      const limit = lacks - entries.length
      const records = await this.#source.desk.documents.find({ ...plan, after, limit })
      let last: Seat | null = null
      for (const record of records) {
        const facts = this.#factsOf(record)
        const doc = facts === null ? null : await this.#docOf(record)
        if (facts !== null && doc !== null) entries.push(query.entry(facts, doc))
        last = facts?.seat(plan.order) ?? last
      }
      // Fewer than were asked for are all there are.
      isMore = records.length === limit && last !== null
      after = last
    }
    // All at once, so that of what a window holds the board knows, though the store fails meanwhile.
    window.fill(entries, lacks)
  }

  #clear(query: Standing<T>): void {
    this.#board.letGo(query)
    query.window.clear()
    this.#changed.add(query)
    this.#hasSkipped = false
  }

  async #grow(query: Standing<T>, size: number): Promise<void> {
    await this.#inTurn(async () => {
      query.window.size = size
      this.#changed.add(query)
      await this.#refill()
    })
    this.#tell()
  }

  #close(query: Standing<T>): void {
    if (!this.#queries.delete(query)) return
    this.#board.remove(query)
    count(this.#source.desk.documents, -1)
    if (this.#queries.size > 0) return
    this.#stop?.()
    this.#stop = null
    this.#recent.clear()
    this.#turnovers = []
  }

  #tell(): void {
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const query of changed) this.#queries.get(query)?.wake()
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => {})
    return turn
  }
}

function countOf(documents: DocumentStore): number {
  return opened.get(documents) ?? 0
}

function count(documents: DocumentStore, more: number): void {
  opened.set(documents, countOf(documents) + more)
}
