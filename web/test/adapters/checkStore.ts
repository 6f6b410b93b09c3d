/**
 * The acceptance suite of stores: what every `Store` of `src/ports.ts` must do.
 *
 *     test('my store keeps the contract', () => checkStore(openMyStore))
 *
 * It needs no test runner, so that it runs in a page too.
 */

import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { sumsOf } from '../../src/core/day-sum.ts'
import { cursorOf, type FilterFields, makeFilter, matches } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { decodeRecord, KIND_DELETION, KIND_KEYED, KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import type { Store } from '../../src/ports.ts'

import { checkMarks, checkNamed, checkVersions } from './checkNaming.ts'
import { checkExpired, checkFilling, checkPurging, checkSums, checkWeight } from './checkShells.ts'
import { absent, at, entriesOf, fail, idsOf, NOON, newestFirst, same, sampleRecords, show } from './samples.ts'

/** More than a store may look up one by one. */
const IDS_ASKED = 40_000

const ROOM = '00'.repeat(16) as RoomTag
const STRANGER = new SecretKey(new Uint8Array(32).fill(99)).publicKey

/** Put stores through every promise of the port; *make* opens a new, empty store at each call. */
export async function checkStore(make: () => Promise<Store>): Promise<void> {
  const checks = [
    checkAdding,
    checkRemoving,
    checkEntries,
    checkQueries,
    checkLimits,
    checkPages,
    checkLargeSets,
    checkCrowdedSecond,
    checkVersions,
    checkNamed,
    checkMarks,
    checkRefused,
    checkExpiry,
    checkPurging,
    checkFilling,
    checkWeight,
    checkSums,
    checkExpired,
    checkNotes,
    checkConcurrentCalls,
    checkBinding,
    checkClosing,
  ]
  for (const check of checks) {
    const store = await make()
    try {
      await check(store)
    } finally {
      await store.close()
    }
  }
}

async function checkAdding(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add([])
  await store.add(records.slice(0, 10))
  await store.add([...records.slice(5), at(records, 0), at(records, 23)])
  const asked = [at(records, 3), at(records, 20), at(records, 0)]
  const ids = [at(records, 3).id, absent(0), at(records, 20).id, at(records, 0).id]
  const found = await store.get(ids)
  same(found, asked, 'get gives what is there, in the order asked')
  same(
    found.map(record => decodeRecord(record.wire)),
    asked,
    'records keep their wire form',
  )
  same(
    await store.wires(ids),
    [at(records, 3).wire, new Uint8Array(), at(records, 20).wire, at(records, 0).wire],
    'wires gives a wire form for each id, in order, and an empty one for what is not here',
  )
  same(await store.entries(), entriesOf(records), 'a record that is already there is left alone')
  same(await store.get([]), [], 'nothing asked, nothing given')
}

async function checkRemoving(store: Store): Promise<void> {
  const records = sampleRecords()
  const [first, last] = [at(records, 0), at(records, 23)]
  const tagged = makeFilter({ tags: { c: ['both'] } })
  await store.add(records.slice(0, 20))
  await store.add(records.slice(18), { removed: [first.id, absent(1), last.id] })
  same(
    await store.entries(),
    entriesOf(records.slice(1, 23)),
    'what is removed is gone, even when added by the same call',
  )
  same(await store.get([first.id, last.id]), [], 'what is removed is not given')
  same(idsOf(await store.query(tagged)).includes(first.id), false, 'what is removed is not found by its tags')
  await store.add([first])
  same(idsOf(await store.query(tagged)).includes(first.id), true, 'what was removed can be added again')
}

async function checkEntries(store: Store): Promise<void> {
  same(await store.entries(), [], 'a new store is empty')
  const records = sampleRecords()
  await store.add([...records].reverse())
  same(await store.entries(), entriesOf(records), 'entries come by [createdAt, id]')
}

async function checkQueries(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  for (const fields of queries(records)) {
    const query = makeFilter(fields)
    const expected = newestFirst(records.filter(record => matches(query, record)))
    same(await store.query(query), expected, `the answer to ${show(fields)} is every match, newest first`)
  }
}

async function checkLimits(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const newest = newestFirst(records)
  for (const limit of [0, 1, 2, 7, 24, 1_000]) {
    const found = await store.query(makeFilter({ limit }))
    same(found, newest.slice(0, limit), `limit ${limit} gives the newest, ties by id`)
  }
  const byIds = await store.query(makeFilter({ ids: idsOf(records), limit: 3 }))
  same(byIds, newest.slice(0, 3), 'a limit holds for ids too')
}

async function checkPages(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const newest = newestFirst(records)
  for (const [place, record] of newest.entries()) {
    const rest = await store.query(makeFilter({ after: cursorOf(record) }))
    same(rest, newest.slice(place + 1), 'a page begins after its cursor, ties by id')
  }
  const pages: Record[] = []
  for (let page = newest.slice(0, 1); page.length > 0; pages.push(...page)) {
    const last = pages.at(-1)
    page = await store.query(makeFilter({ after: last === undefined ? null : cursorOf(last), limit: 5 }))
  }
  same(pages, newest, 'pages one after the other give everything once')
}

async function checkLargeSets(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const [first, second] = [at(records, 0), at(records, 1)]
  const strangers = Array.from({ length: IDS_ASKED }, (_, number) => absent(number))
  const asked = [...strangers.slice(0, 50), second.id, ...strangers.slice(50), first.id]
  same(await store.get(asked), [second, first], `${IDS_ASKED} ids can be asked for at once`)
  const byIds = await store.query(makeFilter({ ids: asked }))
  same(byIds, newestFirst([first, second]), `a filter may have ${IDS_ASKED} ids`)
  const values = [...Array.from({ length: IDS_ASKED }, (_, number) => `${number + 4}`), '3']
  const byTags = await store.query(makeFilter({ tags: { d: values } }))
  const expected = newestFirst(records.filter((_, place) => place % 4 === 3))
  same(byTags, expected, `a filter may have ${IDS_ASKED} tag values`)
}

async function checkCrowdedSecond(store: Store): Promise<void> {
  const [record] = sampleRecords()
  const key = new SecretKey(new Uint8Array(32).fill(9))
  const crowd = Array.from({ length: 600 }, (_, number) =>
    signRecord(key, { ...(record ?? fail('there is a record')), content: `${number}` }),
  )
  await store.add(crowd)
  for (const limit of [1, 255, 256, 257, 599]) {
    const found = await store.query(makeFilter({ limit }))
    same(
      idsOf(found),
      idsOf(newestFirst(crowd)).slice(0, limit),
      'records of one second come by id, whatever the limit',
    )
  }
}

async function checkExpiry(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const edge = (NOON + DAY_SECONDS + 30) as UnixTime
  const kept = records.filter(record => record.createdAt >= edge)
  same(await store.expire(0 as UnixTime), 0, 'nothing is older than 1970')
  const spared = [3, 4, 8].map(place => at(records, place))
  const others = records.length - kept.length - spared.length
  const but = new Set(spared.map(({ id }) => id))
  same(await store.expire(edge, but), others, 'expire leaves what it is told to')
  same(await store.entries(), entriesOf([...spared, ...kept]), 'and that is here')
  same(await store.query(makeFilter({ until: edge - 1 })), newestFirst(spared), 'and found')
  same(await store.sums(), sumsOf([...spared, ...kept]), 'and counted')
  same(await store.expire(edge, but), 0, 'nothing else is left')
  same(await store.sums(), sumsOf([...spared, ...kept]), 'and it is counted once')
  same(await store.expire(edge), spared.length, 'expire counts what is older than the edge')
  same(await store.entries(), entriesOf(kept), 'expire deletes what is older than the edge, and nothing else')
  same(await store.query(makeFilter({ until: edge - 1 })), [], 'what expired is not found')
  same(await store.expire(edge), 0, 'nothing expires twice')
}

async function checkRefused(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records.slice(0, 1))
  const [entries, ours, theirs] = [entriesOf(records), '00', '01']
  same(await store.refused(ours), [], 'a new store has refused nothing')
  await store.refuse([], ours)
  await store.refuse(entries.slice(1).reverse(), ours)
  await store.refuse(entries.slice(0, 3), ours)
  same(await store.refused(ours), entries, 'what is refused is given by (createdAt, id), each once')
  same(await store.refused(theirs), [], 'other rules refused nothing')
  same(await store.entries(), entriesOf(records.slice(0, 1)), 'what is refused is no record')
  const edge = at(records, 10).createdAt
  same(await store.expire(edge), 1, 'expire counts records alone')
  const younger = entries.filter(([createdAt]) => createdAt >= edge)
  same(await store.refused(ours), younger, 'refusals expire by their age')
  await store.refuse(entries.slice(-1), theirs)
  same([await store.refused(theirs), await store.refused(ours)], [entries.slice(-1), []], 'other rules begin anew')
}

async function checkNotes(store: Store): Promise<void> {
  same([...(await store.notes('muted'))], [], 'a new store has no notes')
  await store.note('muted', '00ff', '{}')
  await store.note('muted', 'ab', 'péople \u2028 \0')
  await store.note('strikes', 'ab', 'elsewhere')
  await store.note('muted', '00ff', 'again')
  const both = [
    ['00ff', 'again'],
    ['ab', 'péople \u2028 \0'],
  ]
  same([...(await store.notes('muted'))].sort(), both, 'notes are kept by kind and key')
  await store.note('muted', 'ab', null)
  await store.note('muted', 'cd', null)
  same([...(await store.notes('muted'))], [['00ff', 'again']], 'null removes a note')
  same([...(await store.notes('strikes'))], [['ab', 'elsewhere']], 'kinds are apart')
  same(await store.entries(), [], 'a note is no record')
  const illegal = [
    ['Muted', 'ab', ''],
    ['muted', '', ''],
    ['muted', 'ab', 'é'.repeat(2_049)],
    ['muted', 'ab', '\ud800'],
  ]
  for (const [kind = '', key = '', text = ''] of illegal) {
    same(await nameOfError(store.note(kind, key, text)), 'ConfigError', 'an illegal note is refused with a ConfigError')
  }
}

async function checkConcurrentCalls(store: Store): Promise<void> {
  const records = sampleRecords()
  await Promise.all([...records.map(record => store.add([record, at(records, 0)])), store.query(makeFilter())])
  same(await store.entries(), entriesOf(records), 'calls made at the same time all take effect')
}

async function checkBinding(store: Store): Promise<void> {
  await store.bind(ROOM)
  await store.bind(ROOM)
  const error = await nameOfError(store.bind(`${ROOM.slice(1)}1` as RoomTag))
  same(error, 'ConfigError', 'a store bound to one room refuses another with a ConfigError')
}

async function checkClosing(store: Store): Promise<void> {
  await store.close()
  await store.close()
  const calls = [
    store.add(sampleRecords()),
    store.get([]),
    store.wires([]),
    store.entries(),
    store.query(makeFilter()),
    store.deleters(),
    store.versions(),
    store.marks([]),
    store.expire(NOON as UnixTime),
    store.purge([absent(0)]),
    store.fill([]),
    store.weight(),
    store.sums(),
    store.named([]),
    store.refuse([], '00'),
    store.refused('00'),
    store.notes('muted'),
    store.note('muted', 'ab', 'text'),
    store.bind(ROOM),
  ]
  const errors = await Promise.all(calls.map(nameOfError))
  same(
    errors,
    calls.map(() => 'StoreError'),
    'a closed store refuses every call with a StoreError',
  )
}

function queries(records: readonly Record[]): FilterFields[] {
  const { id, author } = at(records, 0)
  return [
    {},
    { ids: [id, at(records, 9).id, absent(0)] },
    { ids: [] },
    { ids: [id], kinds: [1] },
    { authors: [author] },
    { authors: [author, STRANGER], since: NOON + DAY_SECONDS },
    { authors: [STRANGER] },
    { authors: [] },
    { kinds: [KIND_RECORD, KIND_DELETION] },
    { kinds: [] },
    { kinds: [Number.NaN, 1.5, KIND_RECORD] },
    { since: NOON + 30, until: NOON + DAY_SECONDS },
    { since: NOON + DAY_SECONDS, until: NOON },
    { since: -(2 ** 70), until: 2 ** 70 },
    { tags: { c: ['places', 'both'] } },
    { tags: { c: ['péople'], d: ['1', '2'] } },
    { tags: { c: [''] } },
    { tags: { C: ['places'] } },
    { tags: { h: [ROOM] } },
    { tags: { h: ['01'.repeat(16)] } },
    { tags: { e: ['ab'.repeat(32)] } },
    { tags: { m: [''] } },
    { tags: { d: ['3'] }, authors: [author], kinds: [KIND_KEYED], since: NOON },
  ]
}

function nameOfError(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    error => (error instanceof Error ? error.name : String(error)),
  )
}
