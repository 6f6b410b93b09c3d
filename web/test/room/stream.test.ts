import { expect, test } from 'vitest'
import { EVENTS_BUFFERED_BYTES_MAX } from '../../src/core/limits.ts'
import { RoomClosedError } from '../../src/errors.ts'
import { Stream } from '../../src/room/stream.ts'

test('elements come in order, before and after somebody waits', async () => {
  const stream = new Stream<number>()
  stream.push(1)
  const first = await stream.next()
  const waiting = stream.next()
  stream.push(2)
  expect([first.value, (await waiting).value]).toEqual([1, 2])
})

test('a reader that falls behind loses the oldest and is told how many', async () => {
  const stream = new Stream<number>({ size: 2 })
  for (const number of [1, 2, 3, 4]) stream.push(number)
  stream.close()
  const read = []
  for await (const element of stream) read.push(element)
  expect(read).toEqual([{ type: 'Lagged', count: 2 }, 3, 4])
})

test('what was there at the beginning does not count towards the limit', async () => {
  const stream = new Stream<number>({ size: 1 })
  stream.fill([1, 2, 3])
  stream.push(4)
  stream.close()
  const read = []
  for await (const element of stream) read.push(element)
  expect(read).toEqual([1, 2, 3, 4])
})

test('leaving the loop ends the stream once', async () => {
  let ends = 0
  const stream = new Stream<number>({ onClose: () => (ends += 1) })
  stream.push(1)
  for await (const _ of stream) break
  stream.push(2)
  stream.close()
  expect([ends, stream.isEnded, (await stream.next()).done]).toEqual([1, true, true])
})

test('a failure reaches who waits and who asks later', async () => {
  const stream = new Stream<number>()
  const waiting = expect(stream.next()).rejects.toThrow(RoomClosedError)
  stream.fail(new RoomClosedError('it broke'))
  await waiting
  await expect(stream.next()).rejects.toThrow('it broke')
})

test('a failure that comes after the end changes nothing', async () => {
  const stream = new Stream<number>()
  stream.close()
  stream.fail(new RoomClosedError('too late'))
  expect((await stream.next()).done).toBe(true)
})

test('what is our own is never lost because of the rest, and comes in order', async () => {
  const lost: number[] = []
  const stream = new Stream<number>({ size: 2, isOwn: each => each < 0, onLost: () => lost.push(stream.length) })
  for (const element of [-1, 1, 2, 3, -2, 4]) stream.push(element)
  expect([stream.length, stream.isBehind, lost.length]).toEqual([4, true, 2])
  const read = []
  for (let number = 0; number < 5; number += 1) read.push((await stream.next()).value)
  expect(read).toEqual([{ type: 'Lagged', count: 2 }, -1, 3, -2, 4])
  expect(stream.isBehind).toBe(false)
})

test('what records of others take is bounded, and costs our own and what was there none', async () => {
  const wire = new Uint8Array(EVENTS_BUFFERED_BYTES_MAX / 4)
  const record = (text: string) => ({ text, wire })
  let lost = 0
  const stream = new Stream<ReturnType<typeof record> | { readonly record: ReturnType<typeof record> }>({
    isOwn: each => 'text' in each && each.text === 'own',
    onLost: () => {
      lost += 1
    },
  })
  stream.fill([record('there'), record('there, too')])
  for (let number = 0; number < 9; number += 1) {
    stream.push(record('own'))
    stream.push({ record: record(`${number}`) })
  }
  expect(lost).toBe(5)
  const read: unknown[] = []
  while (stream.length > 0) read.push((await stream.next()).value)
  const told = read.map(each => JSON.stringify(each, ['type', 'count', 'text', 'record']))
  expect(told.slice(0, 3)).toEqual(['{"type":"Lagged","count":5}', '{"text":"there"}', '{"text":"there, too"}'])
  expect(told.filter(each => each === '{"text":"own"}')).toHaveLength(9)
  expect(told.slice(-1)).toEqual(['{"record":{"text":"8"}}'])
  for (let number = 0; number < 4; number += 1) stream.push(record('after'))
  expect(lost).toBe(5)
})
