/** Nodes that meet by their neighbours alone. */
import { expect, test } from 'vitest'
import { FEATURE_INTRODUCING } from '../../src/core/message.ts'
import { type Member, Net } from './pair.ts'

function neighboursOf({ node }: Member): string[] {
  return node.peers.filter(({ state }) => state === 'established').map(({ id }) => id)
}

/** Give members of which each knows the first one alone. */
function star(net: Net, size: number, meets: boolean): Member[] {
  const members = Array.from({ length: size }, (_, number) => net.add(number + 1, [], { meets }))
  const [hub, ...others] = members
  if (hub === undefined) throw new Error('nobody')
  for (const other of others) net.connect(hub, other)
  return members
}

test('who know one neighbour come to know each other, whoever has the smaller id', () => {
  const net = new Net()
  const members = star(net, 4, true)
  expect(members.map(member => neighboursOf(member).length)).toEqual([3, 3, 3, 3])
  const hellos = members.flatMap(({ sent }) =>
    sent.flatMap(({ message }) => (message.type === 'Hello' ? [message] : [])),
  )
  expect(hellos.every(({ features }) => (features & FEATURE_INTRODUCING) !== 0)).toBe(true)
})

test('who came first looks again when it is time, and when its neighbour is gone', () => {
  const net = new Net()
  const members = star(net, 9, true)
  net.passTime(600)
  expect(members.map(member => neighboursOf(member).length)).toEqual(members.map(() => 8))
})

test('where the transport brings nobody together, none says that it does', () => {
  const net = new Net()
  const members = star(net, 3, false)
  net.passTime(60)
  expect(members.map(member => neighboursOf(member).length)).toEqual([2, 1, 1])
  const [, second] = members
  expect(second?.sent.filter(({ message }) => message.type === 'Seek')).toEqual([])
})
