/** Nodes that meet by their neighbours alone. */
import { expect, test } from 'vitest'
import { HEARTBEAT_ANSWER_SECONDS } from '../../src/core/limits.ts'
import { FEATURE_INTRODUCING } from '../../src/core/message.ts'
import { type Member, Net, peerId } from './pair.ts'

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

test('a peer that died without a word is named until it is called, and a quiet one always', () => {
  const net = new Net()
  const [hub, dead] = [net.add(1, [], { meets: true }), net.add(2, [], { meets: true })]
  net.connect(hub, dead)
  net.connect(hub, net.add(3, [], { meets: true }))
  net.lose(hub, dead)
  const named = [4, 5].map(number => {
    net.passTime(HEARTBEAT_ANSWER_SECONDS + 1)
    const newcomer = net.add(number, [], { meets: true })
    net.connect(hub, newcomer)
    return hub.sent.flatMap(({ to, message }) => {
      if (to !== newcomer.name || message.type !== 'Neighbours') return []
      const text = new TextDecoder('latin1').decode(message.peers)
      return [2, 3, 4].filter(each => text.includes(peerId(each)))
    })
  })
  expect(named).toEqual([
    [2, 3],
    [3, 4],
  ])
})

test('where the transport brings nobody together, none says that it does', () => {
  const net = new Net()
  const members = star(net, 3, false)
  net.passTime(60)
  expect(members.map(member => neighboursOf(member).length)).toEqual([2, 1, 1])
  const [, second] = members
  expect(second?.sent.filter(({ message }) => message.type === 'Seek')).toEqual([])
})
