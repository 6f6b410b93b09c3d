import { expect, test } from 'vitest'
import type { Progress } from '../../src/protocol/comparing.ts'
import { makeRecord, Net } from './pair.ts'

/** Give how far the rounds of a peer of *ours* records were, while it met one that has those of *theirs*. */
function seenWhileMeeting(ours: number, theirs: readonly [number, number]): Progress[] {
  const net = new Net()
  const records = Array.from({ length: Math.max(ours, theirs[1]) }, (_, number) => makeRecord(number))
  const [one, two] = [net.add(1, records.slice(0, ours)), net.add(2, records.slice(...theirs))]
  const seen: Progress[] = []
  net.tamper = (_source, _target, data) => {
    for (const { progress } of one.node.peers) if (progress !== null) seen.push(progress)
    return data
  }
  net.connect(one, two)
  expect(one.node.peers.map(({ progress }) => progress)).toEqual([null])
  expect(one.disk.size).toBe(records.length)
  return seen
}

test('a newcomer wants all that the other has more, and it arrives', () => {
  const seen = seenWhileMeeting(0, [0, 1_500])
  expect(new Set(seen.map(({ wanted }) => wanted))).toEqual(new Set([1_500]))
  expect(seen.some(({ arrived, arrivedBytes }) => arrived > 0 && arrived < 1_500 && arrivedBytes > 0)).toBe(true)
  const arrived = seen.map(each => each.arrived)
  expect(arrived).toEqual(arrived.toSorted((a, b) => a - b))
})

test('what is asked for is wanted where the other has less', () => {
  const seen = seenWhileMeeting(300, [290, 310])
  expect(Math.max(...seen.map(({ wanted }) => wanted))).toBeGreaterThanOrEqual(10)
  expect(seen.every(({ arrived }) => arrived <= 10)).toBe(true)
})
