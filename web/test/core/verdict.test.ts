import { expect, test } from 'vitest'
import type { PublicKey } from '../../src/core/keys.ts'
import type { RecordId } from '../../src/core/record.ts'
import { compareSeats, type Seat } from '../../src/core/verdict.ts'

test('seats are ordered by stamp, then id', () => {
  const seats: Seat[] = [
    [2, 'aa'],
    [1, 'bb'],
    [10, '00'],
    [1, 'ab'],
    [1, 'bb'],
    [1, '00', 7],
  ].map(([createdAt, id, microseconds = 0]) => ({
    createdAt: Number(createdAt),
    microseconds: Number(microseconds),
    address: null,
    author: '' as PublicKey,
    size: 0,
    names: 0,
    kind: 1_078,
    id: id as RecordId,
  }))
  const order = seats.sort(compareSeats).map(({ createdAt, id }) => `${createdAt} ${id}`)
  expect(order).toEqual(['1 ab', '1 bb', '1 bb', '1 00', '2 aa', '10 00'])
})
