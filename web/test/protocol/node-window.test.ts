import { expect, test } from 'vitest'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import { type Member, makeRecord, Net, START } from './pair.ts'

const WEEK = { windowSeconds: 7 * DAY_SECONDS }

function strikes(...members: readonly Member[]): number {
  return members.flatMap(({ events }) => events).filter(({ type }) => type === 'StrikeCounted').length
}

test('a light member has the newest days and the root of everybody', () => {
  const net = new Net()
  const ages = [1, 3, 6, 8, 20, 80]
  const whole = net.add(
    1,
    ages.map(days => makeRecord(days, { at: START - days * DAY_SECONDS })),
  )
  const part = net.add(2, [makeRecord(5, { at: START - 5 * DAY_SECONDS })], WEEK)
  const less = net.add(3, [], { windowSeconds: 2 * DAY_SECONDS })
  net.connect(whole, part)
  net.connect(part, less)
  net.connect(less, whole)
  net.passTime(600)
  expect([whole, part, less].map(({ disk }) => disk.size)).toEqual([7, 4, 1])
  expect([part, less].map(({ node }) => node.naming?.claims?.size)).toEqual([3, 6])
  expect(new Set([whole, part, less].map(({ node }) => node.root(net.now))).size).toBe(1)
  for (const { node } of [whole, part, less]) {
    expect(node.peers.map(({ isSynced, hasOtherRules }) => [isSynced, hasOtherRules])).toEqual([
      [true, false],
      [true, false],
    ])
    expect(node.isQuiet).toBe(true)
  }
  expect(strikes(whole, part, less)).toBe(0)
})

test('a window that is longer than the rules changes nothing', () => {
  const net = new Net()
  const one = net.add(1, [makeRecord(80, { at: START - 80 * DAY_SECONDS })])
  const two = net.add(2, [], { windowSeconds: 3_700 * DAY_SECONDS })
  net.connect(one, two)
  expect([...two.disk.keys()]).toEqual([...one.disk.keys()])
  expect(two.node.root(net.now)).toEqual(one.node.root(net.now))
})
