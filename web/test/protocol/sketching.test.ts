import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/sketch.json' with { type: 'json' }
import { ROUND_BYTES_MAX } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import { encode } from '../../src/core/wire.ts'
import { SYMBOLS_GUESSED_MAX, settle } from '../../src/protocol/sketching.ts'
import { entriesOf } from '../core/sketched.ts'
import { Meeting } from './large.ts'

test.each(vectors.rounds)('both languages say the same, byte for byte: $name', ({ spread, ours, theirs, said }) => {
  const meeting = new Meeting(entriesOf(ours, spread), entriesOf(theirs, spread), ROUND_BYTES_MAX, true)
  meeting.run()
  expect(meeting.strikes).toBe(0)
  const messages = meeting.said.map(([side, message]) => {
    const data = encode(message)
    return [side, message.type, data.length, bytesToHex(sha256(data).subarray(0, 8))]
  })
  expect(messages).toEqual(said)
})

test('the first guess of how many symbols it takes is not trusted to the last', () => {
  const guesses = [0, 1, 2, 3, 4, 5].map(seed => {
    const [ours, theirs] = [10_000, 20_000].map(first => [first + 1_000 * seed, first + 1_000 * seed + 500])
    const sides = [ours, theirs].map(own => entriesOf([[0, 6_000], own ?? []], 88 * 86_400))
    const meeting = new Meeting(sides[0] ?? [], sides[1] ?? [], ROUND_BYTES_MAX, true)
    meeting.run()
    expect([meeting.strikes, meeting.rounds]).toEqual([0, 1])
    return meeting.said.flatMap(([, message]) => (message.type === 'More' ? [message.symbols] : []))[0] ?? 0
  })
  expect(Math.max(...guesses)).toBe(SYMBOLS_GUESSED_MAX)
  expect(Math.min(...guesses)).toBeLessThan(SYMBOLS_GUESSED_MAX)
})

test('a crowded second is not listed for each record in it that is lacking', () => {
  let listed = 0
  class Counted extends Index {
    override *idBytes(lower: Bound, upper: Bound): Generator<Uint8Array> {
      for (const id of super.idBytes(lower, upper)) {
        listed += 1
        yield id
      }
    }
  }
  const hashed = (number: number) => bytesToHex(sha256(Uint8Array.of(number >> 8, number & 255))) as RecordId
  const index = new Counted()
  for (let number = 0; number < 3_000; number += 1) index.add(60, hashed(number))
  const lacking = Array.from({ length: 1_000 }, (_, number): Bound => [60, hashed(5_000 + number).slice(0, 8)])
  const theirs = lacking.sort(([, one], [, other]) => (one < other ? -1 : 1))
  const { items } = settle(index, { ours: [], theirs }, { salt: new Uint8Array(16) })
  expect(items.filter(({ type }) => type === 'IdList')).toHaveLength(1_000)
  expect(listed).toBeLessThan(100)
})
