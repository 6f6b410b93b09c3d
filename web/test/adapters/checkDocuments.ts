/**
 * The acceptance suite of stores that find documents: what every `DocumentStore` of `src/ports.ts` must do.
 *
 * It needs no test runner, so that it runs in a page too.
 */

import type { Json } from '../../src/core/action.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { COLLECTIONS_MAX } from '../../src/core/limits.ts'
import { define } from '../../src/documents/definition.ts'
import { EXPIRED, HIDDEN, SHADOWED } from '../../src/documents/document.ts'
import { readFigures } from '../../src/documents/figures.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { checkBatches, checkBatchesOfOld } from './checkBatches.ts'
import {
  checkHeads,
  checkOnBehalf,
  checkPurged,
  checkPurgedMisfits,
  checkRegisters,
  checkShared,
} from './checkRegisters.ts'
import {
  ANN,
  ANYTHING,
  ask,
  BOB,
  document,
  expected,
  idsOf,
  PLACES,
  samplePlaces,
  seatIn,
  WIKI,
  withPlaces,
} from './placeSamples.ts'
import { at, fail, NOON, same, show } from './samples.ts'

const [ANNS, BOBS] = [ANN.publicKey, BOB.publicKey]

const WHERES: readonly Json[] = [
  ...[{}, { city: 'Berlin' }, { city: null }, { city: '' }, { city: { ne: 'Berlin' } }, { city: { in: [] } }],
  ...[{ city: { in: ['Berlin', null, 4] } }, { city: { prefix: 'Berlin' } }, { city: { prefix: '' } }],
  ...[{ city: { gt: 'Berlin' } }, { city: { gte: 'Berlin', lt: 'Berlin\u{1f30d}' } }, { city: { gt: 0 } }],
  ...[{ city: { exists: true } }, { city: { exists: false } }, { city: { lte: 'Berlin\uffff', prefix: 'Be' } }],
  ...[{ stars: 4 }, { stars: 0 }, { stars: true }, { stars: '4' }, { stars: { gte: 4 } }, { stars: { ne: 4 } }],
  ...[
    { stars: { gt: 0, lte: 4.5 } },
    { stars: { lt: 0.2 } },
    { stars: { gt: 0, lt: 'a' } },
    { stars: { gt: 5, lt: 2 } },
  ],
  ...[{ open: true }, { open: false }, { open: null }, { open: { gte: false } }, { open: { lt: 1 } }, { open: 1 }],
  ...[{ open: { gt: false } }, { open: { in: [true, null] } }, { tags: { has: 'vegan' } }, { tags: { has: 'süß' } }],
  ...[{ tags: { has: 1 } }, { tags: ['vegan'] }, { at: { within: [52, 13, 53, 14] } }, { 'at.lat': { gt: 0 } }],
  ...[
    { at: { within: [-18, 179, -17, -179] } },
    { at: { near: [-17.8, 180, 11_000] } },
    { owner: { name: 'owner 1' } },
  ],
  ...[{ 'owner.name': 'owner 1' }, { key: 'k1' }, { key: null }, { key: { prefix: 'k' } }, { author: ANNS }],
  ...[{ key: { gte: 'k1', lt: 'k3' } }, { author: { in: [ANNS, BOBS] } }, { author: { ne: ANNS } }],
  { time: { gte: NOON + DAY_SECONDS, lte: NOON + 9 * DAY_SECONDS } },
  { time: { lt: NOON + 5 * DAY_SECONDS }, city: 'Berlin' },
  { city: 'Berlin', time: { gt: NOON, lte: NOON + 5 * DAY_SECONDS } },
  { city: 'Berlin', stars: { gte: 0 }, open: true },
  { any: [{ city: 'Berlin' }, { stars: { gt: 4 } }] },
]

const ORDERS: readonly Json[] = [
  ...['-time', 'time', 'stars', '-stars', ['-stars', '-time'], ['stars', 'time'], ['city', '-stars'], 'key'],
  ...[['-city', 'stars', 'time'], ['open', 'title'], ['-open', 'time'], ['author', '-key', 'time'], 'at.lat', 'tags'],
]

/** Of so many seats one is tried. */
const SEATS_SKIPPED = 5

const TEXTS = ['vegan', 'VEGAN café', 'vegan*', 'fish', 'strasse', 'suß', 'süß vegan*', 'v* k*']

/** Put stores through every promise of the port; *make* opens a new, empty store at each call. */
export async function checkDocuments(make: () => Promise<Store>): Promise<void> {
  const checks = [
    ...[
      checkConditions,
      checkOrders,
      checkPages,
      checkWords,
      checkPast,
      checkFigures,
      checkRegisters,
      checkShared,
      checkOnBehalf,
    ],
    ...[
      checkHeads,
      checkPurged,
      checkPurgedMisfits,
      checkMarks,
      checkRemovals,
      checkExpiry,
      checkBuilding,
      checkMisfits,
      checkExplaining,
      checkNames,
    ],
    ...[checkWatching, checkWithoutSchema, checkHeeding, checkBatches, checkBatchesOfOld],
  ]
  for (const check of checks) {
    const store = await make()
    try {
      if (store.documents === undefined) fail('the store finds documents')
      await check(store, await store.documents())
    } finally {
      await store.close()
    }
  }
}

async function checkConditions(store: Store, documents: DocumentStore): Promise<void> {
  const records = await withPlaces(store, documents)
  for (const where of WHERES) {
    const asked = ask(where)
    const found = await documents.find(asked)
    same(idsOf(found), idsOf(expected(PLACES, records, asked)), `find gives what matches ${show(where)}, newest first`)
    same(await documents.count(asked), found.length, `count counts what matches ${show(where)}`)
  }
}

async function checkOrders(store: Store, documents: DocumentStore): Promise<void> {
  const records = await withPlaces(store, documents)
  for (const order of ORDERS) {
    for (const where of [{}, { city: 'Berlin' }, { stars: { gte: 0 } }, { open: true }]) {
      const asked = ask(where, { order })
      const found = idsOf(await documents.find(asked))
      same(found, idsOf(expected(PLACES, records, asked)), `find sorts ${show(where)} by ${order}`)
    }
  }
}

async function checkPages(store: Store, documents: DocumentStore): Promise<void> {
  await withPlaces(store, documents)
  for (const order of ORDERS) {
    for (const where of [{ stars: { gte: 0 } }, { city: 'Berlin' }]) {
      const whole = ask(where, { order })
      const found = await documents.find(whole)
      for (const limit of [0, 1, 7]) {
        const page = idsOf(await documents.find({ ...whole, limit }))
        same(page, idsOf(found.slice(0, limit)), `a page of ${limit} by ${order}`)
      }
      for (const [place, record] of found.entries()) {
        if (place % SEATS_SKIPPED > 0) continue
        const page = await documents.find({ ...whole, after: seatIn(PLACES, whole, record), limit: 5 })
        same(idsOf(page), idsOf(found.slice(place + 1, place + 6)), `a page begins after its seat, by ${order}`)
      }
    }
  }
}

async function checkWords(store: Store, documents: DocumentStore): Promise<void> {
  const records = await withPlaces(store, documents)
  for (const text of TEXTS) {
    for (const order of ['-time', 'stars']) {
      for (const where of [{}, { city: 'Berlin' }]) {
        const asked = ask(where, { text, order })
        const found = await documents.find(asked)
        same(
          idsOf(found),
          idsOf(expected(PLACES, records, asked)),
          `find gives what has the words ${text}, by ${order}`,
        )
        same(await documents.count(asked), found.length, `count counts what has the words ${text}`)
      }
    }
  }
}

async function checkPast(store: Store, documents: DocumentStore): Promise<void> {
  const records = await withPlaces(store, documents)
  for (const days of [-1, 0, 3, 6, 30]) {
    for (const where of [{}, { city: 'Berlin' }, { key: { prefix: 'k' } }]) {
      const asked = ask(where, { at: NOON + days * DAY_SECONDS })
      const found = await documents.find(asked)
      same(idsOf(found), idsOf(expected(PLACES, records, asked)), 'as of a time, later versions are not there')
      same(await documents.count(asked), found.length, 'nor are they counted')
    }
  }
}

async function checkFigures(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const values = [
    { title: 'a', city: 'B', stars: 1, open: true },
    { title: 'c', city: 'B', stars: 2.5 },
    { title: 'b', stars: -1, open: false },
    { title: 'd', city: 'A', open: true },
  ]
  await store.add(values.map((value, place) => document(ANN, place, value)))
  const figures = readFigures(PLACES, {
    n: 'count',
    sum: 'sum:stars',
    first: 'min:title',
    last: 'max:title',
    open: 'mean:open',
  })
  const all = { n: 4, sum: 2.5, first: 'a', last: 'd', open: 2 / 3 }
  same(await documents.aggregate(ask({}), figures, null), [all], 'aggregate computes over all')
  const none = { n: 0, sum: null, first: null, last: null, open: null }
  same(await documents.aggregate(ask({ city: '?' }), figures, null), [none], 'figures of nothing are null')
  const best = readFigures(PLACES, { best: 'max:stars' })
  const byCity = [
    { city: null, best: -1 },
    { city: 'A', best: 0 },
    { city: 'B', best: 2.5 },
  ]
  same(
    await documents.aggregate(ask({}, { limit: 1 }), best, 'city'),
    byCity,
    'aggregate groups by a field, in its order',
  )
}

async function checkMarks(store: Store, documents: DocumentStore): Promise<void> {
  const records = await withPlaces(store, documents)
  const [hidden] = await documents.find(ask({}))
  if (hidden === undefined) fail('there are documents')
  await documents.mark([hidden.id], HIDDEN, { isSet: true })
  same(await documents.marked(HIDDEN), [hidden.id], 'what is marked is known')
  const rest = records.filter(({ id }) => id !== hidden.id)
  same(idsOf(await documents.find(ask({}))), idsOf(expected(PLACES, rest, ask({}))), 'what is hidden is not seen')
  await documents.mark([hidden.id], HIDDEN, { isSet: false })
  same(idsOf(await documents.find(ask({}))), idsOf(expected(PLACES, records, ask({}))), 'and is seen when it is shown')
}

async function checkHeeding(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const [ours, theirs] = [document(ANN, 1, { title: 'ours' }), document(BOB, 2, { title: 'theirs' })]
  await store.add([ours])
  await documents.heed((_, author) => (author === BOBS ? HIDDEN : 0))
  await store.add([theirs])
  same(idsOf(await documents.find(ask({}))), [ours.id], 'what is hidden when it comes is never seen')
  await documents.heed((_, author) => (author === ANNS ? SHADOWED : 0))
  same(idsOf(await documents.find(ask({}))), [theirs.id], 'what is hidden may change')
  await documents.heed(null)
  same(idsOf(await documents.find(ask({}))), idsOf([theirs, ours]), 'or nothing be hidden')
}

async function checkRemovals(store: Store, documents: DocumentStore): Promise<void> {
  const records = await withPlaces(store, documents)
  await store.add([], { removed: idsOf(records.slice(0, 40)) })
  const left = records.slice(40)
  same(idsOf(await documents.find(ask({}))), idsOf(expected(PLACES, left, ask({}))), 'what is removed is not found')
  const edge = NOON + 4 * DAY_SECONDS
  await store.expire(edge as UnixTime)
  const young = left.filter(({ createdAt }) => createdAt >= edge)
  same(idsOf(await documents.find(ask({}))), idsOf(expected(PLACES, young, ask({}))), 'nor is what is too old')
  await store.add(records)
  same(idsOf(await documents.find(ask({}))), idsOf(expected(PLACES, records, ask({}))), 'what comes back is found')
}

async function checkExpiry(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const brief = document(ANN, 1, { title: 'brief' }, { expiresAt: NOON + 60 })
  const other = document(ANN, 2, { title: 'other' })
  await store.add([brief, other])
  same(await documents.sweep((NOON + 59) as UnixTime), [], 'nothing expires early')
  same(await documents.sweep((NOON + 60) as UnixTime), [brief.id], 'a sweep gives what expired')
  same(await documents.sweep((NOON + 61) as UnixTime), [], 'once')
  same(idsOf(await documents.find(ask({}))), [other.id], 'what expired is not seen')
  same(await documents.marked(EXPIRED), [brief.id], 'and is marked so')
  const gone = document(ANN, 3, null, { key: 'a', expiresAt: NOON + 70 })
  await store.add([document(ANN, 4, { title: 'late' }, { expiresAt: NOON + 60 }), gone])
  same(idsOf(await documents.find(ask({}))), [other.id], 'what comes after it has expired is never seen')
  same(await documents.sweep((NOON + 70) as UnixTime), [gone.id], 'tombstones expire, too')
}

async function checkBuilding(store: Store, documents: DocumentStore): Promise<void> {
  const records = samplePlaces()
  await store.add(records)
  await documents.define([PLACES])
  while ((await documents.build()) > 0);
  same(idsOf(await documents.find(ask({}))), idsOf(expected(PLACES, records, ask({}))), 'what was here is built')
  const other = define('places', PLACES.schema?.json, { indexes: ['title'] })
  await documents.define([other])
  while ((await documents.build()) > 0);
  const asked = ask({ title: 'x' }, {}, other)
  same(idsOf(await documents.find(asked)), idsOf(expected(other, records, asked)), 'another definition is built anew')
  await documents.drop(['places'])
  same(await nameOfError(documents.find(asked)), 'ConfigError', 'what is dropped is unknown')
}

async function checkMisfits(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const [fits, first, second] = [document(ANN, 1, { title: 'a' }), document(ANN, 2, {}), document(ANN, 3, { title: 1 })]
  await store.add([fits, first, second])
  same(idsOf(await documents.misfits('places')), idsOf([second, first]), 'misfits come newest first')
  same(idsOf(await documents.find(ask({}))), [fits.id], 'and are not found')
}

async function checkExplaining(store: Store, documents: DocumentStore): Promise<void> {
  await withPlaces(store, documents)
  const best = await documents.explain(ask({ city: 'Berlin' }, { order: '-stars' }))
  same(best.index, ['city', '-stars', '-time'], 'the index that fits is used')
  const scan = await documents.explain(ask({ 'owner.name': 'owner 1' }))
  same([scan.index, scan.advice], [null, "declare indexes: ['owner.name']"], 'what to declare is said')
  same((await documents.explain(ask({ tags: { has: 'vegan' } }))).index, ['tags[]'], 'elements have an index')
  same((await documents.explain(ask({}, { text: 'vegan' }))).index, ['text'], 'words have an index')
}

async function checkNames(_store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const rival = define('spots', null, { also: [{ name: 'places' }] })
  same(await nameOfError(documents.define([rival])), 'ConfigError', 'two collections of one name are refused')
  const many = Array.from({ length: COLLECTIONS_MAX }, (_, number) => define(`c${number}`))
  same(await nameOfError(documents.define(many)), 'ConfigError', 'there are so many collections at most')
  const calls = [
    () => documents.find(ask({}, {}, WIKI)),
    () => documents.misfits('wiki'),
    () => documents.heads('wiki', 1),
  ]
  for (const call of calls) {
    same(await nameOfError(call()), 'ConfigError', 'a collection that nobody declared is unknown')
  }
}

async function checkWatching(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES, WIKI])
  const told: unknown[] = []
  const stop = documents.watch(changed => told.push(...changed))
  const record = document(ANN, 1, { title: 'a' })
  await store.add([record])
  await store.add([record, document(ANN, 2, {})])
  await documents.mark([record.id], HIDDEN, { isSet: true })
  await store.add([], { removed: [record.id] })
  const turnovers = [
    ['places', { came: [record.id], gone: [] }],
    ['places', { came: [], gone: [record.id] }],
  ]
  same(told, turnovers, 'who watches is told when what is seen changes, and only then')
  stop()
  await store.add([document(ANN, 3, { title: 'b' })])
  same(told.length, 2, 'until it stops')
}

async function checkWithoutSchema(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([ANYTHING])
  const values: Json[] = [1, 'text', [1], { a: { b: 2 } }, { a: 3 }, { a: '3' }, {}]
  const records = values.map((value, place) => document(ANN, place, value, { collection: ANYTHING }))
  await store.add(records)
  for (const where of [{}, { a: 3 }, { 'a.b': 2 }, { a: null }, { a: { gt: 0 } }, { a: { b: 2 } }]) {
    for (const order of ['-time', 'a', '-a.b']) {
      const asked = ask(where, { order }, ANYTHING)
      const found = idsOf(await documents.find(asked))
      same(found, idsOf(expected(ANYTHING, records, asked)), `any field is found: ${show(where)} by ${order}`)
    }
  }
  same(at(records, 0).id, records[0]?.id, 'records stay as they are')
}

function nameOfError(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    error => (error instanceof Error ? error.name : String(error)),
  )
}
