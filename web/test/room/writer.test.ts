import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { addressText } from '../../src/core/deletion.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_DELETION, KIND_KEYED, KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import { MICROSECONDS, splitStamp, stampOf } from '../../src/core/stamp.ts'
import { AgeError } from '../../src/errors.ts'
import { keySigner } from '../../src/identity/signers.ts'
import { Writer } from '../../src/room/writer.ts'

const [KEY, OTHER] = [4, 5].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]
const ROOM = makeRoomName('peerset', 'writer')
const NOW = 1_790_000_000 * MICROSECONDS + 250
const PROFILE = [['d', 'profile']]

function writer(store = new MemoryStore()): Writer {
  return new Writer(keySigner(KEY), ROOM, store, () => NOW)
}

function written(stamp: number, { kind = KIND_RECORD, tags = [] as string[][], key = KEY } = {}): Record {
  const said = splitStamp(stamp)
  const all = [['h', roomTag(ROOM)], ...said.tags, ...tags]
  return signRecord(key, { createdAt: said.createdAt, kind, tags: all, content: 'earlier' })
}

test('what is written on a clock that stands still reads in the order it was written', async () => {
  const store = new MemoryStore()
  const pen = writer(store)
  const records: Record[] = []
  for (let number = 0; number < 40; number++) records.push(await pen.sign(KIND_RECORD, [], `line ${number}`))
  expect(records.map(stampOf)).toEqual(records.map((_, at) => NOW + at))
  await store.add(records)
  expect(await store.query(makeFilter())).toEqual(records.toReversed())
})

test('a version is dated after the one it replaces though that is dated ahead', async () => {
  const store = new MemoryStore()
  const old = written(NOW + 800 * MICROSECONDS, { kind: KIND_KEYED, tags: PROFILE })
  await store.add([old])
  expect(stampOf(await writer(store).sign(KIND_KEYED, PROFILE, 'new'))).toBe(stampOf(old) + 1)
})

test('a restarted writer goes on after its last record, and after those of its key from elsewhere', async () => {
  const store = new MemoryStore()
  await store.add([written(NOW + 5)])
  const pen = writer(store)
  expect(stampOf(await pen.sign(KIND_RECORD, [], 'next'))).toBe(NOW + 6)
  pen.take({ type: 'RecordAdded', record: written(NOW + 70), peer: null })
  pen.take({ type: 'RecordAdded', record: written(NOW + 90, { key: OTHER }), peer: null })
  expect(stampOf(await pen.sign(KIND_RECORD, [], 'second'))).toBe(NOW + 71)
})

test('what the tags, or the caller, name as followed is followed', async () => {
  const store = new MemoryStore()
  const earlier = written(NOW + 30, { key: OTHER })
  await store.add([earlier])
  const reply = await writer(store).sign(KIND_RECORD, [['e', earlier.id, '', 'prev']], 'reply')
  expect(stampOf(reply)).toBe(NOW + 31)
  expect(stampOf(await writer().sign(KIND_RECORD, [], 'reply', [earlier]))).toBe(NOW + 31)
})

test('what would have to be dated too far ahead is refused, and silences nobody', async () => {
  const store = new MemoryStore()
  await store.add([written(NOW + 901 * MICROSECONDS, { kind: KIND_KEYED, tags: PROFILE })])
  const pen = writer(store)
  await expect(pen.sign(KIND_KEYED, PROFILE, 'new')).rejects.toThrow(AgeError)
  expect(stampOf(await pen.sign(KIND_RECORD, [], 'a clock that was wrong'))).toBe(NOW)
})

test('what is written together is of one second, in its order, after all that any of it follows', async () => {
  const draft = (content: string, after = 0) => ({ kind: KIND_RECORD, tags: [], content, after })
  const pen = writer()
  const drafts = [draft('a'), draft('b', NOW + 7), draft('c')]
  const records = await pen.signTogether(drafts, signed => draft(`${signed.length} before`))
  expect(records.map(({ content }) => content)).toEqual(['a', 'b', 'c', '3 before'])
  expect(records.map(stampOf)).toEqual([8, 9, 10, 11].map(each => NOW + each))
  const end = NOW - (NOW % MICROSECONDS) + MICROSECONDS
  const late = await pen.signTogether([draft('d', end - 2), draft('e')])
  expect(late.map(stampOf)).toEqual([end, end + 1])
  await expect(pen.signTogether([draft('f'), draft('g', NOW + 901 * MICROSECONDS)])).rejects.toThrow(AgeError)
})

test('of what is written together nothing is deleted already', async () => {
  const store = new MemoryStore()
  const deletion = signRecord(KEY, {
    createdAt: splitStamp(NOW).createdAt,
    kind: KIND_DELETION,
    tags: [['a', addressText(KIND_KEYED, KEY.publicKey, 'profile')]],
    content: '',
  })
  await store.add([deletion])
  const drafts = [
    { kind: KIND_RECORD, tags: [], content: 'a', after: 0 },
    { kind: KIND_KEYED, tags: PROFILE, content: 'b', after: 0 },
  ]
  const records = await writer(store).signTogether(drafts)
  expect(records.map(({ createdAt }) => createdAt)).toEqual(Array(2).fill(deletion.createdAt + 1))
})
