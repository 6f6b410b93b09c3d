/** The log of changes of a page's store: what is seen, since when, and what went. Loaded once somebody reads it. */

import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { CHANGES_KEPT_MAX, CHANGES_KEPT_SECONDS } from '../core/limits.ts'
import { decodeRecord, type RecordId, shellOf } from '../core/record.ts'
import {
  type Bookmark,
  type Came,
  type Change,
  type Changes,
  readBookmark,
  type Went,
  writeBookmark,
} from '../documents/change.ts'
import { EXPIRED, type State, VOID } from '../documents/document.ts'
import { CursorError, LocalProtocolError } from '../errors.ts'
import type { Head, Journal, Look, Past, Seen, ViewState } from './journal.ts'
import type { Gone } from './projection.ts'

const GONE_AT_ONCE = 1_000
const NOTHING = { ids: [], contents: new Map() }

/** What happened to records within one transaction. */
export interface Happening {
  /** In the order given, those that were here before as well. */
  readonly added?: readonly RecordId[]
  /** What is here no more. */
  readonly gone?: Pick<Gone, 'ids' | 'contents'>
  /** The content of these is gone. */
  readonly emptied?: readonly RecordId[]
  /** Some of what is in none of these went, or lost its content, while nobody logged it. */
  readonly late?: readonly RecordId[]
  /** What may be seen otherwise than before. */
  readonly touched?: Iterable<RecordId>
  /** What moderation says is another thing now. */
  readonly isHeeded?: boolean
  /** A sweep. */
  readonly now?: UnixTime
}

/** What moderation says of a record. */
export type Bits = (id: RecordId, author: PublicKey) => State

/** It says nothing. */
export const NO_BITS: Bits = () => 0

/** Begin a log where there is none: what is here comes, in the order in which it lies. */
export async function begin(journal: Journal, log: number, bits: Bits): Promise<void> {
  if ((await journal.head()) !== null) return
  journal.keepHead({ log, last: 0, forgotten: 0, now: 0 as UnixTime, began: 0 as UnixTime })
  for await (const added of journal.ids()) await follow(journal, bits, { added })
}

/** Log what happened; nothing where no log was begun. */
export async function follow(journal: Journal, bits: Bits, happening: Happening): Promise<void> {
  const { gone = NOTHING, emptied = [], late = [], now } = happening
  const head = await journal.head()
  if (head === null) return
  const reading = (await journal.views()).filter(({ error }) => error === null)
  const turn = new Turn(journal, head)
  if (now !== undefined) await turn.sweep(now)
  if (reading.length > 0) {
    const unread = [...late, ...gone.ids.filter(id => !gone.contents.has(id))]
    await forsake(journal, reading, { lost: emptied, unread, end: writeBookmark(endOf(head)) })
  }
  for (const id of gone.ids) await turn.remove(id)
  await turn.settle(await touchedBy(journal, bits, happening), bits, happening.added ?? [])
  if (reading.length > 0) for (const [id, wire] of gone.contents) journal.keep({ id, at: turn.head.last, wire })
  await turn.end()
}

/** Give the next page, at most *limit* changes; *withUntold* gives what went and was not told as come, too. */
export async function changesIn(
  journal: Journal,
  since: string | null,
  { limit, withUntold = false }: { readonly limit: number; readonly withUntold?: boolean | undefined },
): Promise<Changes> {
  const head = await headOf(journal)
  let mark: Bookmark = since === null ? { log: head.log, position: 0, known: head.last } : readBookmark(since)
  check(head, mark)
  const found: [cursor: string, each: Seen | Past][] = []
  const page = async (end: Bookmark, isLast: boolean): Promise<Changes> => {
    return { changes: await changesOf(journal, found), end: writeBookmark(end), isLast }
  }
  for (let after = mark.known, gone: Past[] = []; ; ) {
    gone = await journal.went(after, GONE_AT_ONCE)
    for (const each of gone) {
      after = each.at
      if (!withUntold && each.cameAt > mark.position) continue
      if (found.length === limit) return await page(mark, false)
      mark = { ...mark, known: each.at }
      found.push([writeBookmark(mark), each])
    }
    if (gone.length < GONE_AT_ONCE) break
  }
  mark = { ...mark, known: head.last }
  for (const each of await journal.came(mark.position, limit - found.length + 1)) {
    if (found.length === limit) return await page(mark, false)
    mark = { ...mark, position: each.at ?? 0 }
    found.push([writeBookmark(mark), each])
  }
  return await page(endOf(head), true)
}

/** Give the bookmark of who knows everything. */
export async function lastIn(journal: Journal): Promise<string> {
  return writeBookmark(endOf(await headOf(journal)))
}

/** Begin *view* anew, with nothing. */
export function beginAnew(journal: Journal, view: ViewState): void {
  journal.clearRows(view.name)
  journal.putView({ ...view, since: null, turn: view.turn + 1 })
}

/** What is logged within one transaction. */
class Turn {
  head: Head
  readonly #journal: Journal
  readonly #before: Head
  #hasGone = false

  constructor(journal: Journal, head: Head) {
    this.#journal = journal
    this.head = head
    this.#before = head
  }

  /** Forget what went long ago; what went before the first sweep of all, went then. */
  async sweep(given: UnixTime): Promise<void> {
    const now = Math.max(given, this.head.now) as UnixTime
    this.head = { ...this.head, now, began: this.head.began || now }
    const isOld = ({ time }: Past) => (time || this.head.began) < now - CHANGES_KEPT_SECONDS
    for (;;) {
      const oldest = await this.#journal.went(this.head.forgotten, GONE_AT_ONCE)
      const last = oldest.findLast(isOld)
      if (last !== undefined) this.#forget(last.at)
      if (last === undefined || last !== oldest.at(-1)) return
    }
  }

  async remove(id: RecordId): Promise<void> {
    const seen = await this.#journal.seen(id)
    if (seen === undefined) return
    this.#journal.deleteSeen(id)
    if (seen.at !== undefined) this.#hide(seen, 'removed')
  }

  /** Log what became of *ids*: first what goes, by id, then what comes, *added* first. */
  async settle(ids: ReadonlySet<RecordId>, bits: Bits, added: readonly RecordId[]): Promise<void> {
    const sorted = [...ids].sort()
    const looks = new Map((await this.#journal.look(sorted)).map(look => [look.id, withBits(look, bits)]))
    const known = await Promise.all(sorted.map(id => this.#journal.seen(id)))
    const seen = new Map(known.flatMap(each => (each === undefined ? [] : [[each.id, each]])))
    for (const id of sorted) {
      const [look, before] = [looks.get(id), seen.get(id)]
      if (look?.state === 0) continue
      if (before?.at !== undefined) this.#hide(before, isOver(look) ? 'removed' : 'hidden')
      if (look?.isVeiled) this.#journal.putSeen({ ...knownOf(look), hidden: 1 })
      else if (before !== undefined) this.#journal.deleteSeen(id)
    }
    const news = new Set(added)
    for (const id of new Set([...added, ...sorted])) {
      const look = looks.get(id)
      const isTold = seen.get(id)?.at !== undefined
      if (look?.state === 0 && !isTold) this.#show(look, news.has(id) ? 'added' : 'shown')
    }
  }

  async end(): Promise<void> {
    if (this.#hasGone) {
      const surplus = (await this.#journal.countGone()) - CHANGES_KEPT_MAX
      const last = surplus > 0 ? (await this.#journal.went(this.head.forgotten, surplus)).at(-1) : undefined
      if (last !== undefined) this.#forget(last.at)
    }
    if (this.head !== this.#before) this.#journal.keepHead(this.head)
  }

  #show(look: Look, why: Came): void {
    this.#journal.putSeen({ ...knownOf(look), at: this.#next(), why })
  }

  #hide(seen: Seen, why: Went): void {
    const at = this.#next()
    this.#hasGone = true
    this.#journal.putGone({ ...knownOf(seen), at, cameAt: seen.at ?? 0, why, time: this.head.now })
  }

  #forget(upTo: number): void {
    this.#journal.forget(upTo)
    this.head = { ...this.head, forgotten: upTo }
  }

  #next(): number {
    this.head = { ...this.head, last: this.head.last + 1 }
    return this.head.last
  }
}

/** A record as readers see it; it is veiled when moderation alone says so. */
interface Judged extends Look {
  readonly isVeiled: boolean
}

function withBits(look: Look, bits: Bits): Judged {
  const state = look.state | (look.isPlain ? bits(look.id, look.author) : 0)
  return { ...look, state, isVeiled: look.isPlain && state !== 0 }
}

function isOver(look: Look | undefined): boolean {
  return look === undefined || (look.state & (VOID | EXPIRED)) !== 0
}

async function touchedBy(journal: Journal, bits: Bits, happening: Happening): Promise<Set<RecordId>> {
  const { added = [], gone = NOTHING, emptied = [], late = [], touched = [], isHeeded = false } = happening
  const ids = new Set([...added, ...emptied, ...late, ...touched])
  if (isHeeded) {
    const seen = await journal.everythingSeen(bits === NO_BITS)
    for (const { id, author, hidden } of seen) if ((bits(id, author) !== 0) !== (hidden === 1)) ids.add(id)
  }
  for (const id of gone.ids) ids.delete(id)
  return ids
}

/** Begin views anew that may hold what nobody can tell them any more. */
async function forsake(
  journal: Journal,
  reading: readonly ViewState[],
  {
    lost,
    unread,
    end,
  }: { readonly lost: readonly RecordId[]; readonly unread: readonly RecordId[]; readonly end: string },
): Promise<void> {
  const seen = await Promise.all([...lost, ...unread].map(id => journal.seen(id)))
  const isSeen = seen.some(each => each?.at !== undefined)
  for (const view of reading) {
    // What went just now may be among what it has yet to be told.
    if (view.since !== null && (isSeen || (lost.length > 0 && view.since !== end))) beginAnew(journal, view)
  }
}

async function changesOf(journal: Journal, found: readonly [cursor: string, each: Seen | Past][]): Promise<Change[]> {
  const here = await journal.records(found.map(([, { id }]) => id))
  const records = new Map(here.map(record => [record.id, record]))
  return found.map(([cursor, { id, author, createdAt, kind, why = 'added' }]) => {
    return { cursor, kind: why, record: records.get(id) ?? shellOf(id, author, createdAt, kind) }
  })
}

/** Give *changes* with what is kept of records that are gone. */
export async function disclosed(journal: Journal, changes: readonly Change[]): Promise<Change[]> {
  return await Promise.all(
    changes.map(async change => {
      if (change.record.wire.length > 0) return change
      const kept = await journal.kept(change.record.id)
      return kept === undefined ? change : { ...change, record: decodeRecord(kept.wire) }
    }),
  )
}

function check({ log, last, forgotten }: Head, mark: Bookmark): void {
  const text = writeBookmark(mark)
  if (mark.log !== log || mark.known > last) {
    throw new CursorError(`${text} is a place in another log of changes than this store's: start over`)
  }
  if (mark.known < forgotten) {
    throw new CursorError(`the log of changes no longer reaches back to ${text}: start over`)
  }
}

async function headOf(journal: Journal): Promise<Head> {
  const head = await journal.head()
  if (head === null) throw new LocalProtocolError('no log of changes was begun')
  return head
}

function endOf({ log, last }: Head): Bookmark {
  return { log, position: last, known: last }
}

function knownOf({ id, author, createdAt, kind }: Look | Seen) {
  return { id, author, createdAt, kind }
}
