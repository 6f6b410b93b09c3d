import { selfId } from '@trystero-p2p/core'
import { beforeEach, expect, test } from 'vitest'
import { ANNOUNCE_SECONDS, type Board, Topics } from '../../src/adapters/topics.ts'
import { ATTEMPTS_MAX } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { LARGER, SMALLER, type Watched, watchedSwarm } from './swarms.ts'

const STATUS = { strategy: 'relay', place: 'x', state: 'open', error: null, since: 0, lastSuccess: null, nextTry: null }

let published: [topic: string, text: string][]
let listeners: Map<string, (text: unknown) => void>
let board: Board & { silentSeconds: number; isClosed: boolean }
let open: () => void
let topics: Topics
let swarm: Watched
let leave: () => void

beforeEach(() => {
  ;[published, listeners] = [[], new Map()]
  board = {
    status: STATUS as Board['status'],
    silentSeconds: 0,
    isClosed: false,
    subscribe(topic, hear) {
      listeners.set(topic, hear)
      return () => listeners.delete(topic)
    },
    publish: (topic, text) => published.push([topic, text]),
    close() {
      this.isClosed = true
    },
  }
  topics = new Topics(onOpen => {
    open = onOpen
    return board
  })
  swarm = watchedSwarm()
  leave = topics.enter(swarm)
})

function hear(said: unknown, topic = swarm.selfTopic): void {
  listeners.get(topic)?.(said)
}

test('we say in the topic of the room that we are there, and again whenever the board is open', () => {
  const hello = [swarm.rootTopic, JSON.stringify({ peerId: selfId })]
  expect(topics.announce(swarm.rootTopic)).toBe(ANNOUNCE_SECONDS * 1_000)
  open()
  expect(published).toEqual([hello, hello])
})

test('a board that wants to hear nothing hears nothing for that time', () => {
  board.silentSeconds = 300
  expect(topics.announce(swarm.rootTopic)).toBe(300_000)
  board.silentSeconds = 1
  expect(topics.announce(swarm.rootTopic)).toBe(ANNOUNCE_SECONDS * 1_000)
  expect(published).toEqual([])
})

test('what others say in the topic of the room, or in ours, is told with the way to answer', () => {
  hear(JSON.stringify({ peerId: LARGER }), swarm.rootTopic)
  hear({ peerId: SMALLER, offer: 'sealed', offerId: 'x', passive: true })
  expect(swarm.told.map(({ said }) => said)).toEqual([
    { peerId: LARGER },
    { peerId: SMALLER, offer: 'sealed', offerId: 'x', passive: true },
  ])
  swarm.told[1]?.reply('self of another', 'an answer')
  expect(published).toEqual([['self of another', 'an answer']])
})

test('trystero is told nothing that it would take for a connection of its own', () => {
  hear({ peerId: SMALLER, answer: 'sealed', peer: { isDead: false }, hasOutgoingOffer: true, passive: 'yes' })
  expect(swarm.told.map(({ said }) => said)).toEqual([{ peerId: SMALLER, answer: 'sealed' }])
})

test.each([
  ['of nobody', {}],
  ['of an id that is none', { peerId: 'short' }],
  ['of ours', { peerId: selfId }],
  ['with an offer of another dialect', { peerId: SMALLER, offer: { type: 'offer', sdp: 'sealed' } }],
  ['with an empty answer', { peerId: SMALLER, answer: '' }],
  ['that is no JSON', '{'],
  ['that is nothing', null],
])('a message %s is nothing to us', (_, said) => {
  hear(said)
  expect(swarm.told).toEqual([])
})

test('strangers are met up to a number, however many say that they are there', () => {
  const peers = Array.from({ length: ATTEMPTS_MAX + 5 }, (_, number) => `${number}`.padStart(20, '~'))
  for (const peerId of peers) hear({ peerId }, swarm.rootTopic)
  expect(swarm.told).toHaveLength(ATTEMPTS_MAX)
  const [first = '', last = ''] = [peers[0], peers.at(-1)]
  hear({ peerId: last, candidate: 'sealed' })
  swarm.friends.push(first as PeerId)
  hear({ peerId: first })
  hear({ peerId: last })
  expect(swarm.told).toHaveLength(ATTEMPTS_MAX + 3)
})

test('a room that was left is neither heard nor announced', () => {
  leave()
  open()
  expect([listeners.size, published]).toEqual([0, []])
  topics.close()
  expect([board.isClosed, topics.status]).toEqual([true, STATUS])
})
