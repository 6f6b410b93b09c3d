/** The part of the acceptance suite of stores that is about shells: what is destroyed, and given back, and weighed. */

import type { UnixTime } from '../../src/core/clock.ts'
import { sumsOf } from '../../src/core/day-sum.ts'
import { addressOf, outlineOf } from '../../src/core/deletion.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_DELETION, KIND_KEYED, KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import type { Store } from '../../src/ports.ts'
import { absent, at, entriesOf, fail, idsOf, newestFirst, same, sampleRecords } from './samples.ts'

const LONG_BYTES = 60_000

/** Destroy content, for good as far as adding goes. */
export async function checkPurging(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const gone = at(records, 0)
  const stays = records.find(record => record.kind === KIND_DELETION) ?? fail('there is a deletion')
  await store.purge([gone.id, stays.id, absent(0)])
  await store.purge([gone.id])
  await store.add([gone])
  same(await store.entries(), entriesOf(records), 'what is purged stays among the entries')
  same(await store.get([gone.id, stays.id]), [stays], 'what is purged is never given; deletions stay')
  same(await store.wires([gone.id]), [new Uint8Array()], 'what is purged has no wire form')
  same(await store.query(makeFilter()), newestFirst(records.slice(1)), 'what is purged is not found, even added again')
  const tagged = await store.query(makeFilter({ tags: { c: ['both'] } }))
  same(idsOf(tagged).includes(gone.id), false, 'what is purged is not found by its tags')
  same(await store.named([gone.id]), [outlineOf(gone)], 'of what is purged the outline is left')
  const keyed = records.findLast(record => record.kind === KIND_KEYED) ?? fail('there is a keyed record')
  await store.purge([keyed.id])
  const versions = await store.named([addressOf(keyed) ?? ''])
  same(
    versions.some(({ id }) => id === keyed.id),
    true,
    'what is purged keeps its address',
  )
  await store.purge([at(records, 1).id])
  await store.add([], { removed: [at(records, 1).id] })
  same(await store.expire((gone.createdAt + 1) as UnixTime), 1, 'shells expire, and are removed, as records are')
}

/** Give content back to what was purged. */
export async function checkFilling(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const tagged = makeFilter({ tags: { c: ['both'] } })
  const found = await store.query(tagged)
  const shells = records.filter(({ kind }) => kind !== KIND_DELETION).slice(0, 6)
  await store.purge(idsOf(shells))
  await store.fill([...shells.slice(0, 4), at(records, 23), ...written(1, 10)])
  same(await store.entries(), entriesOf(records), 'nothing is added by filling, nor twice')
  const whole = records.filter(record => !shells.slice(4).includes(record))
  same(await store.query(makeFilter()), newestFirst(whole), 'what is filled is found again, and nothing else')
  same(await store.get([at(shells, 0).id]), [at(shells, 0)], 'and given')
  await store.fill(shells)
  same(await store.query(tagged), found, 'what is filled is found by its tags')
  const outlines = new Map((await store.named(idsOf(shells))).map(outline => [outline.id, outline]))
  for (const record of shells) same(outlines.get(record.id), outlineOf(record), 'by its id')
  await store.purge([at(shells, 0).id])
  same(await store.get([at(shells, 0).id]), [], 'what was filled can be purged again')
  await store.fill([])
}

/** Weigh what is here. */
export async function checkWeight(store: Store): Promise<void> {
  const [records, long] = [sampleRecords(), written(8, LONG_BYTES)]
  const empty = await store.weight()
  await store.add([...records, ...long])
  const full = await store.weight()
  const check = (isTrue: boolean, claim: string): void => same(isTrue, true, claim)
  check(full >= empty + 8 * LONG_BYTES, 'what is added has a weight')
  await store.add(long)
  same(await store.weight(), full, 'what is there already weighs nothing more')
  await store.purge(idsOf(long))
  check((await store.weight()) <= full - 7 * LONG_BYTES, 'what is purged weighs next to nothing')
  await store.fill(long.slice(0, 4))
  check((await store.weight()) >= empty + 4 * LONG_BYTES, 'what is given back has its weight again')
  await store.add([], { removed: idsOf(long.slice(0, 4)) })
  check((await store.weight()) <= full - 7 * LONG_BYTES, 'what is removed weighs next to nothing')
  await store.add(long.slice(0, 4))
  await store.expire((at(long, 0).createdAt + 1) as UnixTime)
  check((await store.weight()) <= full - 7 * LONG_BYTES, 'what expires within a day weighs nothing')
  await store.expire((at(records, 23).createdAt + 30 * 86_400) as UnixTime)
  check((await store.weight()) <= empty, 'what expires weighs nothing')
}

/** Sum up by author and UTC day what is here, whatever comes and goes. */
export async function checkSums(store: Store): Promise<void> {
  const records = sampleRecords()
  same(await store.sums(), [], 'nothing has no sums')
  await store.add([...records, at(records, 0)])
  await store.add(records.slice(0, 3))
  same(await store.sums(), sumsOf(records), 'what is added is summed up, once')
  const shell = records.find(({ kind }) => kind === KIND_RECORD) ?? fail('there is a record')
  const deletion = records.find(({ kind }) => kind === KIND_DELETION) ?? fail('there is a deletion')
  await store.purge([shell.id, deletion.id])
  await store.purge([shell.id])
  let left = records.filter(record => record !== shell)
  same(await store.sums(), sumsOf(left), 'what is purged is not, once')
  await store.add([shell], { removed: [deletion.id] })
  left = left.filter(record => record !== deletion)
  same(await store.sums(), sumsOf(left), 'nor is what is removed')
  await store.fill([shell, shell])
  same(await store.sums(), sumsOf([...left, shell]), 'what is filled is again')
  await store.purge([shell.id])
  const edge = records.map(({ createdAt }) => createdAt).sort((one, other) => one - other)[records.length >> 1] ?? 0
  await store.expire(edge as UnixTime)
  left = left.filter(({ createdAt }) => createdAt >= edge)
  same(await store.sums(), sumsOf(left), 'what expired is not')
  const late = (Math.max(...left.map(({ createdAt }) => createdAt)) + 1) as UnixTime
  for (const going of [1, left.length - 3, 0]) {
    left = left.slice(going)
    await store.expire(late, new Set(idsOf(left)))
    same(await store.sums(), sumsOf(left), 'what stays is summed up as before, whether much goes beside it or little')
  }
  await store.expire(late)
  same(await store.sums(), [], 'and nothing once all is gone')
}

/** Write *count* records of some *bytes*. */
function written(count: number, bytes: number): Record[] {
  const key = new SecretKey(new Uint8Array(32).fill(9))
  const { createdAt } = at(sampleRecords(), 0)
  return Array.from({ length: count }, (_, number) =>
    signRecord(key, { createdAt, kind: KIND_RECORD, tags: [], content: `${number}`.repeat(bytes) }),
  )
}

/** Find what expires by its time, as long as it is here whole. */
export async function checkExpired(store: Store): Promise<void> {
  const records = sampleRecords()
  const { createdAt } = at(records, 0)
  const key = new SecretKey(new Uint8Array(32).fill(5))
  const expiring = (time: string, kind = KIND_RECORD) =>
    signRecord(key, {
      createdAt,
      kind,
      tags: [
        ['expiration', time],
        ['expiration', '1'],
      ],
      content: 'x',
    })
  const one = expiring('0')
  const [two, three] = [expiring('20'), expiring('30')]
  const never = ['-1', '1e1', '', '9007199254740992', '9'.repeat(31)].map(time => expiring(time))
  await store.add([...records, three, ...never, expiring('1', KIND_DELETION), two, one])
  const found = async (until: number, limit = 9) => await store.expired(until as UnixTime, limit)
  same(await found(-1), [], 'nothing expires before its time')
  same(await found(19), [one.id], 'what expires is found by its time')
  same(await found(99), idsOf([one, two, three]), 'the first to first')
  same(await found(99, 2), idsOf([one, two]), 'no more than asked')
  await store.purge([one.id])
  await store.add([one], { removed: [two.id] })
  same(await found(Number.MAX_SAFE_INTEGER - 1), [three.id], 'not what was purged, nor removed')
  await store.fill([one])
  same(await found(99), idsOf([one, three]), 'what is filled is found again')
  await store.expire((createdAt + 1) as UnixTime)
  same(await found(99), [], 'what is too old is gone')
}
