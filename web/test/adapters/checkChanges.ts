/** What every `DocumentStore` of `src/ports.ts` must tell of what changes. It needs no test runner. */

import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { CHANGES_KEPT_SECONDS } from '../../src/core/limits.ts'
import { type Record, type RecordId, shellOf } from '../../src/core/record.ts'
import { type ChangeKind, readBookmark, writeBookmark } from '../../src/documents/change.ts'
import { HIDDEN, type State } from '../../src/documents/document.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { seededRng } from '../seeded.ts'
import { ANN, ANYTHING, BOB, document, idsOf, PLACES, samplePlaces } from './placeSamples.ts'
import { at, NOON, same } from './samples.ts'

const ALL = 1_000_000

/** Put stores through every promise; *make* opens a new, empty store at each call. */
export async function checkChanges(make: () => Promise<Store>): Promise<void> {
  const checks = [checkKinds, checkEndings, checkBuilding, checkPages, checkBookmarks, checkForgetting]
  for (const check of checks) {
    const store = await make()
    const documents = await store.documents?.()
    if (documents === undefined) throw new Error('this store finds no documents')
    await check(store, documents)
    await store.close()
  }
}

/** A reader of a log of changes, and what it was told. */
export class Follower {
  readonly seen = new Map<RecordId, Record>()
  readonly #documents: DocumentStore
  #since: string | null

  constructor(documents: DocumentStore, since: string | null = null) {
    this.#documents = documents
    this.#since = since
  }

  /** Read the next page, apply it, and give it. */
  async read(limit = ALL): Promise<[ChangeKind, Record][]> {
    const { changes, end, isLast } = await this.#documents.log('changes', this.#since, { limit })
    same(changes.length <= limit, true, 'changes keeps its limit')
    same(isLast || changes.length > 0, true, 'a page without changes is the last')
    for (const { kind, record } of changes) {
      if (kind === 'added' || kind === 'shown') {
        same(this.seen.has(record.id), false, 'nothing comes that was told already')
        this.seen.set(record.id, record)
      } else same(this.seen.delete(record.id), true, 'nothing goes that was not told')
    }
    this.#since = end
    return changes.map(({ kind, record }) => [kind, record])
  }

  async readAll(limit = ALL): Promise<void> {
    while ((await this.read(limit)).length > 0);
  }
}

function version(number: number): Record {
  return document(ANN, number, { title: `${number}` }, { key: 'k' })
}

function told(changes: readonly (readonly [ChangeKind, Record])[]): [ChangeKind, RecordId][] {
  return changes.map(([kind, { id }]) => [kind, id])
}

async function checkKinds(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  same((await documents.log('changes', null, { limit: ALL })).changes, [], 'a new store has no changes')
  const reader = new Follower(documents, await documents.log('lastChange'))
  const reads = async (changes: [ChangeKind, Record][], what: string) =>
    same(told(await reader.read()), told(changes), what)
  const hidden = new Set<RecordId>()
  const heed = async (...ids: RecordId[]) => {
    hidden.clear()
    for (const id of ids) hidden.add(id)
    await documents.heed((id): State => (hidden.has(id) ? HIDDEN : 0))
  }
  const [one, two, plain] = [version(1), version(2), document(ANN, 9, {}, { collection: ANYTHING })]
  const [misfit, tombstone] = [document(ANN, 0, {}), document(ANN, 8, null, { key: 't' })]
  await store.add([plain, one, misfit, tombstone])
  await reads(
    [
      ['added', plain],
      ['added', one],
    ],
    'what is added and seen is told, in the order given',
  )
  await store.add([one, two])
  await reads(
    [
      ['hidden', one],
      ['added', two],
    ],
    'what is replaced is hidden',
  )
  const oldest = version(0)
  await store.add([oldest])
  await reads([], 'what is not seen is not told')
  await heed(two.id, plain.id)
  const changes = told(await reader.read())
  same(
    changes.slice(0, 2).sort(),
    told([
      ['hidden', two],
      ['hidden', plain],
    ]).sort(),
    'what is hidden is told',
  )
  same(changes.slice(2), told([['shown', one]]), 'and what it replaced is shown')
  await heed(plain.id)
  await reads(
    [
      ['hidden', one],
      ['shown', two],
    ],
    'and back again',
  )
  await heed(plain.id, one.id, misfit.id)
  await reads([], 'what was not seen before and is not now is not told')
  await heed()
  await reads([['shown', plain]], 'what is no document is shown again')
  await documents.mark([two.id], HIDDEN, { isSet: true })
  await documents.mark([two.id], HIDDEN, { isSet: false })
  same(
    told(await reader.read()),
    told([
      ['hidden', two],
      ['shown', two],
    ]),
    'what goes is told before what comes',
  )
  await store.add([], { removed: [two.id] })
  await reads(
    [
      ['removed', two],
      ['shown', one],
    ],
    'what is removed is told',
  )
  const [brief, since] = [document(BOB, 5, { title: 'brief' }), await documents.log('lastChange')]
  await store.add([brief], { removed: [brief.id] })
  await reads([], 'what comes and goes at once is not told')
  await store.add([brief])
  await store.add([], { removed: [brief.id] })
  await reads([], 'what comes and goes between two pages is not told')
  const untold = await documents.log('changes', since, { limit: ALL, withUntold: true })
  same(idsOf(untold.changes.map(({ record }) => record)), [brief.id], 'unless what was not told is asked for')
}

async function checkEndings(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const brief = document(ANN, 1, { title: 'brief' }, { expiresAt: NOON + 5 })
  const last = document(BOB, DAY_SECONDS * 1_000_000, { title: 'last' })
  const [one, two] = [version(1), version(2)]
  await store.add([brief, one, two, last])
  const reader = new Follower(documents)
  await reader.read()
  await documents.sweep((NOON + 5) as UnixTime)
  const expired = await reader.read()
  same(expired, [['removed', brief]], 'what expires is removed, and its content still here')
  await store.purge([two.id, brief.id])
  const shell = shellOf(two.id, two.author, two.createdAt, two.kind)
  same(await reader.read(), [['removed', shell]], 'of what is purged a shell is told')
  await store.expire((NOON + 1) as UnixTime)
  const kinds = new Set((await reader.read()).map(([kind]) => kind))
  same(
    [...kinds].filter(kind => kind !== 'removed'),
    [],
    'what is too old is removed',
  )
  same([...reader.seen.keys()], [last.id], 'and nothing else')
}

async function checkBuilding(store: Store, documents: DocumentStore): Promise<void> {
  const [old, young, misfit] = [version(1), version(2), document(ANN, 3, {})]
  await store.add([young, old, misfit])
  const reader = new Follower(documents)
  await reader.read()
  const everything = idsOf([old, young, misfit]).sort()
  same([...reader.seen.keys()].sort(), everything, 'from the beginning: all that is seen')
  await documents.define([PLACES])
  while ((await documents.build()) > 0);
  await reader.readAll()
  same([...reader.seen.keys()], [young.id], 'what is found to be replaced or a misfit is hidden')
  await documents.drop(['places'])
  await reader.readAll()
  same([...reader.seen.keys()].sort(), everything, 'and shown when nothing says so any more')
}

/** Readers that begin at any time and read pages of any length agree in the end. */
async function checkPages(store: Store, documents: DocumentStore): Promise<void> {
  const rng = seededRng('changes')
  const whole = (below: number) => rng.uint32() % below
  const left = samplePlaces()
  const here = new Set<Record>()
  const hidden = new Set<RecordId>()
  await documents.define([PLACES])
  await documents.heed(id => (hidden.has(id) ? HIDDEN : 0))
  const some = (count: number) => [...here].filter(() => whole(4) === 0).slice(0, count)
  const readers: Follower[] = []
  for (let round = 0; round < 60; round++) {
    const what = whole(4)
    if (what === 0) {
      const gone = some(3)
      await store.add([], { removed: idsOf(gone) })
      for (const each of gone) here.delete(each)
      left.push(...gone)
    } else if (what === 1) {
      const [ids, isSet] = [idsOf(some(4)), whole(5) < 3]
      for (const id of ids) isSet ? hidden.add(id) : hidden.delete(id)
      await documents.mark(ids, HIDDEN, { isSet })
    } else {
      const came = left.splice(whole(left.length + 1), 5)
      await store.add(came)
      for (const each of came) here.add(each)
    }
    if (round % 6 === 0) readers.push(new Follower(documents))
    for (const reader of readers) if (whole(2) === 0) await reader.read(1 + whole(6))
  }
  const fresh = new Follower(documents)
  await fresh.readAll(3)
  const found = [...fresh.seen.keys()].sort()
  for (const reader of readers) {
    await reader.readAll(3)
    same([...reader.seen.keys()].sort(), found, 'readers agree, wherever their pages ended')
  }
  same(
    found.filter(id => hidden.has(id)),
    [],
    'what is hidden is not told',
  )
  const ids = new Set(idsOf([...here]))
  same(
    found.filter(id => !ids.has(id)),
    [],
    'what is gone is not told',
  )
}

async function checkBookmarks(store: Store, documents: DocumentStore): Promise<void> {
  const records = samplePlaces().slice(0, 20)
  await documents.log('lastChange')
  await store.add(records)
  const begin = await documents.log('changes', null, { limit: 4 })
  same(
    begin.changes.map(({ record }) => record),
    records.slice(0, 4),
    'a page of four',
  )
  same([begin.isLast, begin.end], [false, begin.changes.at(-1)?.cursor], 'a page ends after its last change')
  const whole = await documents.log('changes', null, { limit: ALL })
  for (const [place, { cursor }] of whole.changes.entries()) {
    const rest = await documents.log('changes', cursor, { limit: ALL })
    same(
      rest.changes.map(({ record }) => record),
      records.slice(place + 1),
      'each change can be read on from',
    )
  }
  const last = await documents.log('lastChange')
  const end = await documents.log('changes', last, { limit: ALL })
  same(end, { changes: [], end: last, isLast: true }, 'nothing changed since the last change')
  await store.add([], { removed: idsOf(records.slice(0, 3)) })
  const page = await documents.log('changes', last, { limit: 2 })
  same(idsOf(page.changes.map(({ record }) => record)), idsOf(records.slice(0, 2)), 'what goes is told by pages')
  same(page.isLast, false, 'and there is more')
  const mark = readBookmark(last)
  const foreign = [
    { ...mark, log: (mark.log ^ 1) >>> 0 },
    { ...mark, known: mark.known + 1_000 },
  ].map(writeBookmark)
  for (const each of [...foreign, 'nonsense']) {
    const name = await documents.log('changes', each, { limit: 1 }).catch(error => (error as Error).name)
    same(name, 'CursorError', 'a bookmark of another log is a CursorError')
  }
}

async function checkForgetting(store: Store, documents: DocumentStore): Promise<void> {
  const records = samplePlaces().slice(0, 20)
  await documents.log('lastChange')
  await documents.sweep(NOON as UnixTime)
  await store.add(records)
  const early = await documents.log('lastChange')
  await store.add([], { removed: idsOf(records.slice(0, 5)) })
  await documents.sweep((NOON + CHANGES_KEPT_SECONDS) as UnixTime)
  same((await documents.log('changes', early, { limit: ALL })).changes.length, 5, 'what went is kept for a while')
  const late = await documents.log('lastChange')
  await store.add([], { removed: [at(records, 5).id] })
  await documents.sweep((NOON + CHANGES_KEPT_SECONDS + 1) as UnixTime)
  const name = await documents.log('changes', early, { limit: ALL }).catch(error => (error as Error).name)
  same(name, 'CursorError', 'a bookmark that the log does not reach is a CursorError')
  same((await documents.log('changes', late, { limit: ALL })).changes.length, 1, 'a later one is good still')
  const fresh = new Follower(documents)
  await fresh.readAll(2)
  same([...fresh.seen.keys()], idsOf(records.slice(6)), 'who begins anew is told everything')
}
