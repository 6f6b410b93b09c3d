/** What every `Store` must know of deletions and of versions of keyed records. */

import type { UnixTime } from '../../src/core/clock.ts'
import {
  addressOf,
  addressText,
  digestOf,
  namesOf,
  type Outline,
  outlineOf,
  type Question,
} from '../../src/core/deletion.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_DELETION, KIND_KEYED, signRecord } from '../../src/core/record.ts'
import type { Store } from '../../src/ports.ts'

import { absent, at, fail, NOON, same, sampleRecords } from './samples.ts'

export async function checkVersions(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const keyed = byId(records.map(outlineOf)).filter(outline => outline.address !== null)
  same(byId(await store.versions()), keyed, 'versions gives the outline of every keyed record')
  await store.add([], { removed: keyed.slice(0, 1).map(({ id }) => id) })
  same(byId(await store.versions()), keyed.slice(1), 'what is removed is no version')
}

export async function checkNamed(store: Store): Promise<void> {
  const records = sampleRecords()
  await store.add(records)
  const keyed = records.find(record => record.kind === KIND_KEYED) ?? fail('there is a keyed record')
  const strangers = Array.from({ length: 700 }, (_, number) => absent(number))
  const asked = [at(records, 5).id, addressOf(keyed) ?? '', at(records, 0).id, ...strangers]
  const found = records.map(outlineOf).filter(outline => namesOf(outline).some(name => asked.includes(name)))
  same(byId(await store.named(asked)), byId(found), 'named gives what is here by id and by address')
  same(byId(await store.named(asked.slice(0, 3))), byId(found), 'a few can be asked for, too')
  same(await store.named(strangers.slice(0, 3)), [], 'named gives nothing for what is not here')
}

export async function checkMarks(store: Store): Promise<void> {
  const [key, other] = [1, 2].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]
  const [one, two] = [key.publicKey, other.publicKey]
  same(await store.marks([[absent(0), one]]), [], 'a new store has no marks')
  const [own, foreign] = [addressText(KIND_KEYED, one, 'a:b'), addressText(KIND_KEYED, two, 'a:b')]
  const tags = [
    ['e', absent(0)],
    ['e', absent(0)],
    ['a', own],
    ['a', foreign],
  ]
  const deletion = (by: SecretKey, time: number, more: string[][]) =>
    signRecord(by, { createdAt: (NOON + time) as UnixTime, kind: KIND_DELETION, tags: more, content: '' })
  const pair = [deletion(key, 9, tags), deletion(key, 9, [...tags, ['x', '9']])]
  const stranger = deletion(other, 20, tags.slice(0, 1))
  await store.add([deletion(key, 0, tags), ...pair, deletion(key, 5, tags)])
  await store.add([...pair, stranger])
  const [newest = stranger] = pair.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const address = digestOf(own)
  const expected = [
    ...[absent(0), address].map(name => ({ name, author: one, createdAt: newest.createdAt, deletion: newest.id })),
    { name: absent(0), author: two, createdAt: stranger.createdAt, deletion: stranger.id },
  ]
  const questions: Question[] = [
    [absent(0), one],
    [address, one],
    [digestOf(foreign), one],
    [absent(0), two],
    [absent(1), one],
  ]
  same(await store.marks(questions), expected, 'marks gives the newest deletion by each author, ties by lowest id')
  same([...(await store.deleters())].sort(), [one, two].sort(), 'deleters gives the authors of deletions')
  await store.purge([newest.id])
  same(await store.marks(questions), expected, 'deletions are not purged, and their marks stay')
  await store.expire((NOON + 10) as UnixTime)
  same(await store.marks(questions), expected.slice(2), 'marks go with their deletions')
  same([...(await store.deleters())], [two], 'and so do their authors')
}

function byId(outlines: readonly Outline[]): Outline[] {
  return outlines.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}
