import { expect, test } from 'vitest'
import { type Chunk, Chunks } from '../../src/adapters/chunks.ts'

function chunk(day: number, byte: number): Chunk {
  return { day, signed: Uint8Array.of(byte), losses: 0, done: () => {}, fail: () => {} }
}

test('the newest day comes first, and within a day what came first', () => {
  const chunks = new Chunks()
  for (const [day, byte] of [
    [5, 1],
    [7, 2],
    [5, 3],
    [6, 4],
    [7, 5],
  ] as const) {
    chunks.add(chunk(day, byte))
  }
  const taken = Array.from({ length: 6 }, () => chunks.take())
  expect(taken.map(each => each?.signed[0] ?? null)).toEqual([2, 5, 4, 1, 3, null])
})
