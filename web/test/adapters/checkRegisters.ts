/** What every `DocumentStore` must do of registers and links: part of the suite in checkDocuments.ts. */

import type { SecretKey } from '../../src/core/keys.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { type Definition, define } from '../../src/documents/definition.ts'
import { HIDDEN, SUPERSEDED, VOID } from '../../src/documents/document.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { ANN, ask, BOB, DIARY, document, type Facts, grant, idsOf, PLACES, WIKI } from './placeSamples.ts'
import { same } from './samples.ts'

const [ANNS, BOBS] = [ANN.publicKey, BOB.publicKey]

/** Versions under one key. */
export async function checkRegisters(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const first = document(ANN, 1, { title: 'first' }, { key: 'a' })
  const second = document(ANN, 2, { title: 'second' }, { key: 'a', follows: [first] })
  const other = document(BOB, 3, { title: 'other' }, { key: 'a' })
  const gone = document(ANN, 4, null, { key: 'a', follows: [second] })
  await store.add([second, other])
  await store.add([first])
  same(
    idsOf(await documents.find(ask({}))),
    idsOf([other, second]),
    'each author has registers, the last version counts',
  )
  const slots = [
    { key: 'a', author: ANNS },
    { key: 'a', author: BOBS },
    { key: 'b', author: ANNS },
    { key: 'a', author: null },
  ]
  const versions = await documents.registerVersions('places', slots)
  same(
    versions.map(idsOf),
    [idsOf([second, first]), [other.id], [], idsOf([other, second, first])],
    'all versions are given, the newest first',
  )
  same(
    versions[0]?.map(({ state, parents }) => [state, parents]),
    [
      [0, [first.id]],
      [SUPERSEDED, []],
    ],
    'with their states',
  )
  await store.add([gone])
  same(idsOf(await documents.find(ask({}))), [other.id], 'a tombstone replaces, and says nothing')
  await store.add([], { removed: [gone.id] })
  same(idsOf(await documents.find(ask({}))), idsOf([other, second]), 'what was replaced is seen again')
  await store.purge([second.id])
  same(idsOf(await documents.find(ask({}))), [other.id], 'a purged version replaces still')
  await store.add([second])
  same(idsOf(await documents.find(ask({}))), [other.id], 'and does not come back')
  const [ours] = await documents.registerVersions('places', slots)
  same(
    ours?.map(({ state }) => state),
    [VOID, SUPERSEDED],
    'a purged version is void',
  )
}

/** What was purged, whatever its collection is declared as then. */
export async function checkPurged(store: Store, documents: DocumentStore): Promise<void> {
  const versions = [1, 2, 3].map(number => {
    return document(ANN, number, { title: `version ${number}` }, { key: 'k', follows: [] })
  })
  const [older, newer, purged] = versions as [Record, Record, Record]
  await store.add([older, newer, purged])
  await store.purge([purged.id])
  const slots = [{ key: 'k', author: null }]
  for (const definition of [PLACES, define('places', null, { shared: true }), PLACES]) {
    await declared(documents, definition)
    same(idsOf(await documents.find(ask({}, {}, definition))), [], 'a version that was purged replaces those before it')
    const [found] = await documents.registerVersions('places', slots)
    same(idsOf(found ?? []), idsOf([purged, newer, older]), 'and is a version still')
    await documents.drop(['places'])
  }
  const all = define('all', null, { also: { name: 'places' } })
  await declared(documents, all)
  const [found] = await documents.registerVersions('all', slots)
  same(
    found?.map(({ state }) => state),
    [VOID, SUPERSEDED, SUPERSEDED],
    'whoever reads it',
  )
  await store.add([], { removed: [purged.id] })
  same(idsOf(await documents.find(ask({}, {}, all))), [newer.id], 'until it is gone')
}

/** What did not fit, and was purged then, replaces nothing, however its collection is declared afterwards. */
export async function checkPurgedMisfits(store: Store, documents: DocumentStore): Promise<void> {
  await declared(documents, PLACES)
  const version = document(ANN, 1, { title: 'fits' }, { key: 'k' })
  const misfit = document(ANN, 2, { title: 5 }, { key: 'k' })
  await store.add([version, misfit])
  await store.purge([misfit.id])
  for (const definition of [PLACES, define('places', null), define('places', null, { shared: true })]) {
    await declared(documents, definition)
    same(
      idsOf(await documents.find(ask({}, {}, definition))),
      [version.id],
      'a misfit that was purged replaces nothing',
    )
    await documents.drop(['places'])
  }
  await store.add([], { removed: [misfit.id] })
}

async function declared(documents: DocumentStore, definition: Definition): Promise<void> {
  await documents.define([definition])
  while ((await documents.build()) > 0);
}

/** Registers that are one for all. */
export async function checkShared(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([WIKI])
  const facts = { collection: WIKI, key: 'home' }
  const [one, two] = [document(ANN, 1, { text: 'one' }, facts), document(BOB, 2, { text: 'two' }, facts)]
  await store.add([two, one])
  same(idsOf(await documents.find(ask({}, {}, WIKI))), [two.id], 'a shared register is one for all authors')
  const found = await documents.registerVersions('wiki', [{ key: 'home', author: null }])
  same(found.map(idsOf), [idsOf([two, one])], 'with the versions of all')
  await documents.mark([two.id], HIDDEN, { isSet: true })
  same(idsOf(await documents.find(ask({}, {}, WIKI))), [one.id], 'what a hidden version replaced is seen again')
}

/** Registers of whoever lets others write. */
export async function checkOnBehalf(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([DIARY])
  const entry = (author: SecretKey, stamp: number, text: string, facts: Facts = {}) =>
    document(author, stamp, { text }, { collection: DIARY, key: 'k', ...facts })
  const granted = grant(ANN, BOB, 'diary')
  const mine = entry(ANN, 1, 'mine')
  const [byDevice, without] = [entry(BOB, 2, 'by my device', { granted }), entry(BOB, 3, "my device's own")]
  const late = entry(BOB, 61_000_000, 'when it has run out', { granted })
  for (const record of [byDevice, mine, without]) await store.add([record])
  const seen = async () => idsOf(await documents.find(ask({}, {}, DIARY)))
  same(await seen(), idsOf([without, byDevice]), 'who has a grant writes the register of who gave it')
  for (const [author, record] of [
    [ANN, byDevice],
    [BOB, without],
  ] as const) {
    const asked = ask({}, { author: author.publicKey }, DIARY)
    same(idsOf(await documents.find(asked)), [record.id], 'and is found by that author')
    same(await documents.count(asked), 1, 'and counted')
  }
  same(idsOf(await documents.heads('diary', 9)), idsOf([without, byDevice, mine]), 'what nothing follows')
  const versions = async () => (await documents.registerVersions('diary', [{ key: 'k', author: ANN.publicKey }]))[0]
  const signed = [byDevice, mine].map(({ id, author }) => [id, author])
  same(
    (await versions())?.map(({ id, author }) => [id, author]),
    signed,
    'a version says who signed it',
  )
  await store.add([late])
  same(await seen(), idsOf([late, byDevice]), 'a grant that has run out lets nobody speak for another')
  await store.purge([byDevice.id])
  same(await seen(), [late.id], 'what was purged replaces what came before still')
  await documents.drop(['diary'])
  await documents.define([DIARY])
  while ((await documents.build()) > 0);
  same(await seen(), [late.id], 'also when its collection is declared anew')
  same(
    (await versions())?.map(({ id, author }) => [id, author]),
    signed,
    'and is of the same register',
  )
}

/** What nothing follows. */
export async function checkHeads(store: Store, documents: DocumentStore): Promise<void> {
  await documents.define([PLACES])
  const first = document(ANN, 1, { title: 'first' })
  const second = document(ANN, 2, { title: 'second' }, { follows: [first] })
  const third = document(BOB, 3, { title: 'third' }, { follows: [first] })
  const early = document(BOB, 0, { title: 'early' }, { follows: [third] })
  await store.add([first, second, third, early])
  same(idsOf(await documents.heads('places', 5)), idsOf([third, second, early]), 'heads are what nothing follows')
  same(idsOf(await documents.heads('places', 1)), [third.id], 'at most so many')
  const links = [second, third].map(({ id }) => ({ parent: first.id, child: id }))
  const sorted = (all: readonly { parent: RecordId; child: RecordId }[]) => all.map(({ child }) => child).sort()
  same(sorted(await documents.links([first.id], { ofParents: true })), sorted(links), 'links to a parent')
  same(
    await documents.links([second.id], { ofParents: false }),
    [{ parent: first.id, child: second.id }],
    'links of a child',
  )
  const version = document(ANN, 5, { title: 'version' }, { key: 'a' })
  const above = document(ANN, 6, { title: 'above' }, { follows: [version] })
  const apart = document(ANN, 7, { title: 'apart' }, { key: 'b', follows: [third] })
  await store.add([version, above, apart])
  const heads = idsOf(await documents.heads('places', 9))
  same(heads, idsOf([apart, above, third, second, early]), 'documents follow any, and versions their register alone')
}
