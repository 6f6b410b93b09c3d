import { expect, test } from 'vitest'
import type { Record } from '../../src/core/record.ts'
import { RoomClosedError } from '../../src/errors.ts'
import { Stream } from '../../src/room/stream.ts'
import { Subscription } from '../../src/room/subscription.ts'

const record = (content: string) => ({ content }) as Record

test('records come one after the other, and what a slow reader lost is counted', async () => {
  const stream = new Stream<Record>({ size: 2 })
  const subscription = new Subscription(stream)
  for (const content of ['a', 'b', 'c', 'd', 'e']) stream.push(record(content))
  subscription.close()
  const read = []
  for await (const { content } of subscription) read.push(content)
  expect([read, subscription.lost]).toEqual([['d', 'e'], 3])
})

test('leaving the loop ends the stream', async () => {
  const stream = new Stream<Record>()
  stream.push(record('a'))
  for await (const { content } of new Subscription(stream)) {
    expect(content).toBe('a')
    break
  }
  expect(stream.isEnded).toBe(true)
})

test('what ends the stream reaches the reader', async () => {
  const stream = new Stream<Record>()
  const waiting = expect(new Subscription(stream).next()).rejects.toThrow(RoomClosedError)
  stream.fail(new RoomClosedError('it broke'))
  await waiting
})
