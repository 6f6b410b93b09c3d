import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { cursorOf, makeFilter } from '../../src/core/filter.ts'
import { type Record, signRecord } from '../../src/core/record.ts'
import { key, ROOM_TAG, START } from '../protocol/pair.ts'
import { checkStore } from './checkStore.ts'

test('the memory store keeps the contract of stores', async () => {
  await checkStore(async () => new MemoryStore())
})

test('what is heavy rests, and is found as all else is', async () => {
  const store = new MemoryStore()
  const records = [0, 1, 2].map(number => {
    const tags = Array.from({ length: 40 }, (_, each) => ['t', `${number}-${each}`])
    const createdAt = (START + number) as typeof START
    return signRecord(key(1), { createdAt, kind: 1_078, tags: [['h', ROOM_TAG], ...tags], content: '' })
  })
  await store.add(records)
  const [oldest, middle, newest] = records as [Record, Record, Record]
  expect(await store.query(makeFilter({ tags: { t: ['1-5'] } }))).toEqual([middle])
  expect(await store.query(makeFilter({ limit: 2 }))).toEqual([newest, middle])
  expect(await store.query(makeFilter({ after: cursorOf(middle) }))).toEqual([oldest])
  expect(await store.wires([oldest.id])).toEqual([oldest.wire])
  expect(await store.get([newest.id])).toEqual([newest])
})
