import { expect, test } from 'vitest'
import type { Record } from '../../src/core/record.ts'
import { MalformedError, RoomClosedError, StoreError } from '../../src/errors.ts'
import type { Imported, Published } from '../../src/protocol/inputs.ts'
import { Courier } from '../../src/room/courier.ts'
import { makeRecord } from '../protocol/pair.ts'

const [ONE, TWO] = [makeRecord(1), makeRecord(2)]

function open(): { courier: Courier; posted: (Published | Imported)[] } {
  const posted: (Published | Imported)[] = []
  return { courier: new Courier(input => posted.push(input)), posted }
}

function settle(courier: Courier, record: Record): void {
  courier.take({ type: 'RecordAdded', record, peer: null })
}

test('what we wrote together is one group, and what we wrote alone is none', async () => {
  const { courier, posted } = open()
  const arriving = [courier.publish([ONE, TWO]), courier.publish([ONE])]
  for (const record of [ONE, TWO]) settle(courier, record)
  await Promise.all(arriving)
  expect(posted).toEqual([
    { type: 'Published', records: [ONE, TWO], group: ONE.id },
    { type: 'Published', records: [ONE], group: undefined },
  ])
})

test('the first that is refused says why', async () => {
  const { courier } = open()
  const arriving = courier.publish([ONE, TWO])
  const refused = { type: 'RecordRejected', cause: 'policy', peer: null } as const
  courier.take({ ...refused, id: TWO.id, source: 'words', reason: 'rude' })
  courier.take({ ...refused, id: ONE.id, source: 'batch', reason: 'another was refused' })
  await expect(arriving).rejects.toThrow('words: rude')
})

test('what anybody wrote is brought some at a time, and only what a store or the end of the room refuses is thrown', async () => {
  const { courier, posted } = open()
  const asked: number[] = []
  const many = Array.from({ length: 600 }, (_, number) => makeRecord(number))
  const adding = courier.add(many, () => asked.push(posted.length))
  courier.take({
    type: 'RecordRejected',
    id: many[3]?.id ?? ONE.id,
    cause: 'age',
    source: 'age',
    reason: 'old',
    peer: null,
  })
  for (const record of many.slice(0, 512)) settle(courier, record)
  await expect.poll(() => posted.length).toBe(2)
  courier.take({ type: 'SaveDelayed', ids: many.slice(512).map(({ id }) => id), reason: 'full' })
  await expect(adding).rejects.toThrow(StoreError)
  expect(posted.map(({ records }) => records.length)).toEqual([512, 88])
  expect(asked).toEqual([0, 1])
  await expect(courier.add([{} as Record], () => {})).rejects.toThrow(MalformedError)
  const left = courier.publish([ONE])
  courier.fail(new RoomClosedError('the room was left'))
  await expect(left).rejects.toThrow(RoomClosedError)
})
