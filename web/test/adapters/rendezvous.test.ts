import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Rendezvous, SECOND_TRY_SECONDS, SWARM_MEMBERS_MAX } from '../../src/adapters/rendezvous.ts'
import type { PeerId } from '../../src/core/signal.ts'

const FRIEND = 'z-friend' as PeerId
const NEWCOMER = 'n-newcomer' as PeerId

let friends: PeerId[]
let isLacking: boolean
let announced: number
let rendezvous: Rendezvous

beforeEach(() => {
  vi.useFakeTimers()
  ;[friends, isLacking, announced] = [[FRIEND], false, 0]
  rendezvous = new Rendezvous({
    self: 'm-self' as PeerId,
    isConnected: peer => friends.includes(peer),
    isLacking: () => isLacking,
  })
})

afterEach(() => vi.useRealTimers())

function offered(peer: PeerId): void {
  rendezvous.offered(peer, () => {
    announced += 1
  })
}

test('an offer of a larger id, which trystero leaves unanswered, is met by an announcement', () => {
  offered(NEWCOMER)
  expect(announced).toBe(1)
})

test('an offer of a smaller id, which is answered, is not, nor is one of a peer that is here', () => {
  offered('a-newcomer' as PeerId)
  offered(FRIEND)
  expect(announced).toBe(0)
})

test('in a large swarm others meet the newcomer of one that has neighbours enough', () => {
  rendezvous.count(SWARM_MEMBERS_MAX + 1)
  offered(NEWCOMER)
  expect([announced, rendezvous.isCrowded]).toEqual([0, true])
  rendezvous.count(SWARM_MEMBERS_MAX)
  offered(NEWCOMER)
  expect([announced, rendezvous.isCrowded]).toEqual([1, false])
})

test('invented members keep nobody from announcing again who lacks neighbours', () => {
  isLacking = true
  rendezvous.count(1_000)
  offered(NEWCOMER)
  expect(announced).toBe(1)
})

test('nothing is announced after leaving', () => {
  offered(NEWCOMER)
  rendezvous.stop()
  vi.advanceTimersByTime(60_000)
  offered(NEWCOMER)
  expect(announced).toBe(1)
})

test('a newcomer that does not come is announced to a second time, and one that came is not', () => {
  offered(NEWCOMER)
  vi.advanceTimersByTime(SECOND_TRY_SECONDS * 1_000)
  expect(announced).toBe(2)
  vi.advanceTimersByTime(60_000)
  expect(announced).toBe(2)
  offered(NEWCOMER)
  friends.push(NEWCOMER)
  vi.advanceTimersByTime(60_000)
  expect(announced).toBe(3)
})
