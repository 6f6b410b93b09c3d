import { expect, test } from 'vitest'
import { Outlines } from '../../src/adapters/outlines.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { outlineOf } from '../../src/core/deletion.ts'
import { KIND_KEYED, type Record, signRecord } from '../../src/core/record.ts'
import { deletionOf, key, makeRecord, START } from '../protocol/pair.ts'

const AUTHOR = key(1).publicKey

function keyed(number: number): Record {
  const fields = { createdAt: START as UnixTime, kind: KIND_KEYED, tags: [['d', 'profile']], content: `${number}` }
  return signRecord(key(1), fields)
}

test('a record is found by its id and with its versions by their address', () => {
  const [one, two] = [keyed(1), keyed(2)]
  const outlines = new Outlines([one, two])
  const address = outlineOf(one).address ?? ''
  expect(outlines.named([one.id])).toEqual([outlineOf(one)])
  expect(outlines.named([address, one.id]).map(({ id }) => id)).toEqual([one.id, two.id].sort())
  expect(outlines.versions().length).toBe(2)
  expect(outlines.has(one.id)).toBe(true)
  for (const { id } of [one, two, two]) outlines.remove(id, undefined)
  expect([outlines.named([address]), outlines.versions(), outlines.everything()]).toEqual([[], [], []])
})

test('the newest mark answers until its deletion is gone', () => {
  const target = makeRecord(1)
  const [old, newer] = [deletionOf([target]), deletionOf([target], { at: START + 5 })]
  const outlines = new Outlines([old, newer])
  const answer = () => outlines.marks([[target.id, AUTHOR]]).map(mark => mark.deletion)
  expect(answer()).toEqual([newer.id])
  expect(outlines.marks([[target.id, key(2).publicKey]])).toEqual([])
  expect([...outlines.deleters()]).toEqual([AUTHOR])
  outlines.remove(newer.id, newer)
  expect(answer()).toEqual([old.id])
  outlines.remove(old.id, old)
  expect([answer(), [...outlines.deleters()]]).toEqual([[], []])
})
