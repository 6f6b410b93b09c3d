/** What every `DocumentStore` of `src/ports.ts` must keep of views. It needs no test runner. */

import type { UnixTime } from '../../src/core/clock.ts'
import { CHANGES_KEPT_SECONDS, VIEWS_MAX } from '../../src/core/limits.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { HIDDEN } from '../../src/documents/document.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { seededRng } from '../seeded.ts'
import { ANN, document, idsOf, PLACES, samplePlaces } from './placeSamples.ts'
import { at, NOON, same } from './samples.ts'

/** Put stores through every promise; *make* opens a new, empty store at each call. */
export async function checkViews(make: () => Promise<Store>): Promise<void> {
  for (const check of [checkRows, checkFollowing, checkVersions, checkPurging, checkLimits]) {
    const store = await make()
    const documents = await store.documents?.()
    if (documents === undefined) throw new Error('this store finds no documents')
    await check(store, documents)
    await store.close()
  }
}

/** Count what is seen, altogether and by content; give how many changes that took. */
async function take(
  documents: DocumentStore,
  name: string,
  limit: number,
): Promise<{ count: number; isLast: boolean }> {
  const page = await documents.log('viewPage', name, limit)
  const counts = new Map<string, number>()
  for (const { kind, record } of page.changes) {
    same(record.wire.length > 0, true, 'of what went, the content is told')
    for (const key of ['all', record.content]) {
      const [known] = counts.has(key) ? [] : await documents.log('viewValues', name, [key])
      const count = counts.get(key) ?? Number(known ?? 0)
      counts.set(key, count + (kind === 'added' || kind === 'shown' ? 1 : -1))
    }
  }
  const writes = [...counts].map(([key, count]) => [key, count === 0 ? null : `${count}`] as const)
  const isWritten = await documents.log('commitView', name, { turn: page.turn, end: page.end, writes, error: null })
  same(isWritten, true, 'what nobody wrote meanwhile is written')
  return { count: page.changes.length, isLast: page.isLast }
}

async function catchUp(documents: DocumentStore, name: string, limit: number): Promise<void> {
  while (!(await take(documents, name, limit)).isLast);
}

function rowsOf(documents: DocumentStore, name: string, prefix = ''): Promise<[string, string][]> {
  return documents.log('viewRows', name, { prefix, limit: null, isReversed: false })
}

async function checkRows(_store: Store, documents: DocumentStore): Promise<void> {
  await documents.log('openView', 'view', 1)
  const { turn, end } = await documents.log('viewPage', 'view', 1)
  const keys = ['', 'a', 'a\0', 'a\x01', 'ab', 'b', '\xff']
  const writes = [...keys].reverse().map(key => [key, JSON.stringify(key)] as const)
  same(await documents.log('commitView', 'view', { turn, end, writes, error: null }), true, 'rows are written')
  same(
    (await rowsOf(documents, 'view')).map(([key]) => key),
    keys.slice(0, -1),
    'in order, but for what no key is',
  )
  const asked = { prefix: 'a', limit: 2, isReversed: true }
  same(
    await documents.log('viewRows', 'view', asked),
    [
      ['ab', '"ab"'],
      ['a\x01', JSON.stringify('a\x01')],
    ],
    'from the end',
  )
  same(await documents.log('viewRows', 'view', { ...asked, limit: 0 }), [], 'none')
  same(await documents.log('viewValues', 'view', ['ab', 'none']), ['"ab"', null], 'values are given by key')
  const late = { turn, end, writes: [['late', '1'] as const], error: null }
  same(await documents.log('commitView', 'view', late), false, 'what was written meanwhile is read again first')
  same(await documents.log('viewValues', 'view', ['late']), [null], 'and nothing is written')
}

/** Views that follow closely, and such that lag behind, agree with one that begins at the end. */
async function checkFollowing(store: Store, documents: DocumentStore): Promise<void> {
  const rng = seededRng('views')
  const whole = (below: number) => rng.uint32() % below
  const left = samplePlaces()
  const here = new Set<Record>()
  const hidden = new Set<RecordId>()
  await documents.define([PLACES])
  await documents.heed(id => (hidden.has(id) ? HIDDEN : 0))
  for (const name of ['close', 'slow', 'page']) await documents.log('openView', name, 1)
  const some = (count: number) => [...here].filter(() => whole(4) === 0).slice(0, count)
  for (let round = 0; round < 40; round++) {
    const what = whole(5)
    if (what === 0) {
      const gone = some(3)
      await store.add([], { removed: idsOf(gone) })
      for (const each of gone) here.delete(each)
      left.push(...gone)
    } else if (what < 3) {
      const [ids, isSet] = [idsOf(some(4)), whole(5) < 3]
      for (const id of ids) isSet ? hidden.add(id) : hidden.delete(id)
      await documents.mark(ids, HIDDEN, { isSet })
    } else {
      const came = left.splice(whole(left.length + 1), 5)
      await store.add(came)
      for (const each of came) here.add(each)
    }
    await catchUp(documents, 'close', 1_000)
    if (whole(5) === 0) await catchUp(documents, 'slow', 1_000)
    await take(documents, 'page', 2)
  }
  const times = [...here].map(({ createdAt }) => createdAt).sort((one, other) => one - other)
  await store.expire(times[Math.floor(times.length / 2)] ?? (0 as UnixTime))
  await documents.log('openView', 'fresh', 1)
  await catchUp(documents, 'fresh', 3)
  const fresh = await rowsOf(documents, 'fresh')
  same(fresh.length > 0, true, 'a view that begins at the end is told of all that is seen')
  for (const name of ['close', 'slow', 'page']) {
    await catchUp(documents, name, 3)
    same(await rowsOf(documents, name), fresh, `the view that is ${name} agrees with one that is built anew`)
  }
}

async function checkVersions(store: Store, documents: DocumentStore): Promise<void> {
  await documents.sweep(NOON as UnixTime)
  await store.add(samplePlaces().slice(0, 6))
  for (const name of ['view', 'other']) {
    await documents.log('openView', name, 1)
    same(await take(documents, name, 6), { count: 6, isLast: true }, 'all is taken')
  }
  await documents.log('openView', 'view', 1)
  same((await take(documents, 'view', 6)).count, 0, 'the same version goes on')
  await documents.log('openView', 'view', 0)
  same(await rowsOf(documents, 'view'), [], 'another version begins with nothing')
  same((await take(documents, 'view', 9)).count, 6, 'and takes everything again')
  await store.add([], { removed: idsOf(samplePlaces().slice(0, 3)) })
  await documents.sweep((NOON + CHANGES_KEPT_SECONDS + 1) as UnixTime)
  for (const name of ['other', 'view']) {
    await catchUp(documents, name, 2)
    same(await documents.log('viewValues', name, ['all']), ['3'], 'a view that the log does not reach begins anew')
    await documents.log('dropView', name)
    const error = await documents.log('viewPage', name, 1).catch(each => (each as Error).name)
    same(error, 'ConfigError', 'a view that was dropped is not known')
  }
  await documents.log('openView', 'other', 1)
  same(await rowsOf(documents, 'other'), [], 'what is dropped leaves nothing')
}

async function checkPurging(store: Store, documents: DocumentStore): Promise<void> {
  const records = samplePlaces().slice(0, 6)
  await store.add(records)
  for (const name of ['seen', 'fresh']) await documents.log('openView', name, 1)
  await catchUp(documents, 'seen', 10)
  await store.purge([at(records, 0).id])
  for (const name of ['seen', 'fresh']) await catchUp(documents, name, 10)
  same(await rowsOf(documents, 'seen'), await rowsOf(documents, 'fresh'), 'what is purged is in no view')
}

async function checkLimits(store: Store, documents: DocumentStore): Promise<void> {
  await store.add([document(ANN, 1, { title: 'one' })])
  for (let number = 0; number < VIEWS_MAX; number++) await documents.log('openView', `v${number}`, 1)
  const error = await documents.log('openView', 'more', 1).catch(each => (each as Error).message)
  same(error, `a room has at most ${VIEWS_MAX} views`, 'there is a limit')
  await documents.log('openView', 'v0', 2)
  await documents.log('dropView', 'v0')
  await documents.log('dropView', 'never')
  await documents.log('openView', 'more', 1)
  const { turn, end } = await documents.log('viewPage', 'more', 1)
  await documents.log('commitView', 'more', { turn, end, writes: [], error: 'what happened' })
  same((await documents.log('viewPage', 'more', 1)).error, 'what happened', 'a view that stopped stays stopped')
  await documents.log('openView', 'more', 1)
  same((await documents.log('viewPage', 'more', 1)).error, 'what happened', 'and so when it is opened again')
  await documents.log('openView', 'more', 2)
  same((await documents.log('viewPage', 'more', 1)).error, null, 'until it has another version')
}
