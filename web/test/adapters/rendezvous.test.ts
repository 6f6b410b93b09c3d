import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import vectors from '../../../tests/vectors/trystero.json'
import { ANNOUNCE_SECONDS_MIN, infoHash, Rendezvous, SECOND_TRY_SECONDS } from '../../src/adapters/rendezvous.ts'
import type { PeerId } from '../../src/core/signal.ts'

const NAME = { app: 'peerset', room: 'lobby' }
const INFO_HASH = infoHash(NAME)
const FRIEND = 'z-friend' as PeerId

let friends: PeerId[]
let isLacking = false
let now = 0
let socket: EventTarget
let rendezvous: Rendezvous
/** When the room was announced again, in seconds. */
let announced: number[]

afterEach(() => vi.useRealTimers())

beforeEach(() => {
  vi.useFakeTimers()
  friends = [FRIEND]
  isLacking = false
  now = 1_000
  announced = []
  vi.spyOn(performance, 'now').mockImplementation(() => now * 1_000)
  socket = new EventTarget()
  socket.addEventListener('open', () => announced.push(now))
  rendezvous = new Rendezvous(NAME, {
    self: 'm-self' as PeerId,
    isConnected: peer => friends.includes(peer),
    isLacking: () => isLacking,
  })
  rendezvous.watch([socket as WebSocket])
  // The sockets are shown time and again.
  rendezvous.watch([socket as WebSocket])
})

function say(message: object | string): void {
  const data = typeof message === 'string' ? message : JSON.stringify({ info_hash: INFO_HASH, ...message })
  socket.dispatchEvent(new MessageEvent('message', { data }))
}

const offerOf = (peer: string) => ({ peer_id: peer, offer_id: 'one', offer: { type: 'offer', sdp: 'sealed' } })

test.each(vectors.topics)('the room $roomId of $appId is named on trackers as Trystero does', topic => {
  expect(infoHash({ app: topic.appId, room: topic.roomId })).toBe(topic.torrent_info_hash)
})

test('an offer of a larger id, which trystero leaves unanswered, is met by an announcement', () => {
  say(offerOf('n-newcomer'))
  expect(announced).toEqual([1_000])
})

test.each([
  ['an offer of a smaller id, which is answered', offerOf('a-newcomer')],
  ['an offer of a peer that is here', offerOf(FRIEND)],
  ['an offer for another room', { ...offerOf('n-newcomer'), info_hash: 'another' }],
  ['an answer', { peer_id: 'n-newcomer', offer_id: 'one', answer: {} }],
  ['a reply', { interval: 60, complete: 0, incomplete: 2 }],
  ['what is no JSON', '{'],
  ['what is no object', 'null'],
])('%s is not', (_, message) => {
  say(message)
  expect(announced).toEqual([])
})

test('whatever comes, there is one announcement a second', () => {
  for (let number = 0; number < 20; number += 1) {
    say(offerOf(`n-${number}`))
    now += ANNOUNCE_SECONDS_MIN / 4
  }
  expect(announced).toEqual([1_000, 1_001, 1_002, 1_003, 1_004])
})

test('in a large swarm others meet the newcomer of one that has neighbours enough', () => {
  say({ interval: 120, complete: 1, incomplete: 50 })
  say(offerOf('n-newcomer'))
  expect(announced).toEqual([])
  say({ interval: 120, complete: 0, incomplete: 50 })
  say(offerOf('n-newcomer'))
  expect(announced).toEqual([1_000])
})

test('invented members keep nobody from announcing again who lacks neighbours', () => {
  isLacking = true
  say({ interval: 120, complete: 0, incomplete: 1_000 })
  say(offerOf('n-newcomer'))
  expect(announced).toEqual([1_000])
  say(offerOf('o-newcomer'))
  expect(announced).toEqual([1_000])
})

test('nothing is announced after leaving', () => {
  say(offerOf('n-newcomer'))
  announced = []
  now += 10
  rendezvous.stop()
  vi.advanceTimersByTime(60_000)
  say(offerOf('n-newcomer'))
  rendezvous.watch([socket as WebSocket])
  say(offerOf('n-newcomer'))
  expect(announced).toEqual([])
})

test('a newcomer that does not come is announced to a second time', () => {
  say(offerOf('n-newcomer'))
  now += 10
  vi.advanceTimersByTime(SECOND_TRY_SECONDS * 1_000)
  expect(announced).toEqual([1_000, 1_010])
  now += 10
  vi.advanceTimersByTime(60_000)
  expect(announced).toEqual([1_000, 1_010])
})

test('one that came is not', () => {
  say(offerOf('n-newcomer'))
  friends.push('n-newcomer' as PeerId)
  now += 10
  vi.advanceTimersByTime(60_000)
  expect(announced).toEqual([1_000])
})
