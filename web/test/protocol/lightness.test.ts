import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import type { RecordId } from '../../src/core/record.ts'
import { Lightness } from '../../src/protocol/lightness.ts'

const [DAY_9, DAY_5] = [9 * DAY_SECONDS, 5 * DAY_SECONDS]
const ID = '0'.repeat(64) as RecordId

test('a light member takes names of a full one of what is older than its edge', () => {
  const [light, full] = [new Lightness(DAY_9), new Lightness()]
  full.theirs = DAY_9
  expect([light.firstDay, full.firstDay]).toEqual([0, 0])
  for (const [at, isOld] of [
    [DAY_9 - 1, true],
    [DAY_9, false],
  ] as const) {
    expect([light.takes(at), light.names(at)]).toEqual([isOld, false])
    expect([full.takes(at), full.names(at)]).toEqual([false, isOld])
  }
})

test('two light members share what the one that keeps more has', () => {
  const [one, two] = [new Lightness(DAY_9), new Lightness(DAY_5)]
  one.theirs = DAY_5
  two.theirs = DAY_9
  expect([one.firstDay, two.firstDay]).toEqual([5, 5])
  expect(two.names(DAY_9 - 1)).toBe(true)
})

test('who does not understand it is compared with over the newest days alone', () => {
  const one = new Lightness(DAY_9, { isShared: false })
  one.theirs = DAY_5
  expect([one.firstDay, one.takes(0), one.names(0)]).toEqual([9, false, false])
})

test('what a neighbour lacks is doubtful where it would keep it whole', () => {
  const doubted: Entry[] = []
  const doubt = (entries: readonly Entry[]) => void doubted.push(...entries)
  const entries = [DAY_5 - 1, DAY_5, DAY_9 - 1, DAY_9].map((at): Entry => [at, ID])
  const light = new Lightness(DAY_9, { doubt })
  light.theirs = DAY_5
  light.lacked(entries)
  expect(doubted).toEqual(entries.slice(1, 3))
  for (const other of [new Lightness(), new Lightness(DAY_9, { isShared: false, doubt })]) other.lacked(entries)
  expect(doubted).toEqual(entries.slice(1, 3))
})

test('names are packed and read again, without what is left over', () => {
  const light = new Lightness()
  const entries: Entry[] = [
    [0, ID],
    [2 ** 32 - 1, 'f'.repeat(64) as RecordId],
  ]
  const packed = light.pack(entries)
  expect(packed.length).toBe(72)
  expect(light.unpack(packed)).toEqual(entries)
  expect(light.unpack(packed.subarray(0, 71))).toEqual(entries.slice(0, 1))
  expect(light.unpack(new Uint8Array())).toEqual([])
})
