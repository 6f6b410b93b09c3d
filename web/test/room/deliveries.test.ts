import { expect, test } from 'vitest'
import type { Record, RecordId } from '../../src/core/record.ts'
import { AgeError, RejectedError, RoomClosedError, SignatureError, StoreError } from '../../src/errors.ts'
import { Deliveries } from '../../src/room/deliveries.ts'

const [A, B, C, D] = ['aa', 'bb', 'cc', 'dd'] as [RecordId, RecordId, RecordId, RecordId]

test('a parcel arrives when all of its records are decided', async () => {
  const deliveries = new Deliveries()
  const parcel = deliveries.expect([A, B, C, D])
  deliveries.take({ type: 'RecordAdded', record: { id: A } as Record, peer: null })
  deliveries.take({ type: 'RecordKnown', id: B })
  deliveries.take({ type: 'RecordPostponed', id: C, seconds: 5, peer: null })
  deliveries.take({ type: 'RecordRejected', id: D, cause: 'policy', source: 'age', reason: 'no', peer: null })
  const [error] = await parcel
  expect(error).toBeInstanceOf(RejectedError)
  expect(error?.message).toBe('age: no')
})

test('each refusal has the error of its kind', async () => {
  const deliveries = new Deliveries()
  const parcel = deliveries.expect([A, B, C])
  deliveries.take({ type: 'RecordRejected', id: A, cause: 'age', source: 'age', reason: 'old', peer: null })
  deliveries.take({
    type: 'RecordRejected',
    id: B,
    cause: 'signature',
    source: 'signature',
    reason: 'forged',
    peer: null,
  })
  deliveries.take({ type: 'SaveDelayed', ids: [C], reason: 'full' })
  expect((await parcel).map(error => error.constructor)).toEqual([AgeError, SignatureError, StoreError])
})

test('nothing to wait for arrives at once, and two may wait for one record', async () => {
  const deliveries = new Deliveries()
  expect(await deliveries.expect([])).toEqual([])
  const both = Promise.all([deliveries.expect([A]), deliveries.expect([A, A])])
  deliveries.take({ type: 'RecordKnown', id: A })
  expect(await both).toEqual([[], []])
})

test('a room that ends fails what is on its way', async () => {
  const deliveries = new Deliveries()
  const parcel = deliveries.expect([A])
  deliveries.fail(new RoomClosedError('left'))
  expect(await parcel).toEqual([expect.any(RoomClosedError)])
})
