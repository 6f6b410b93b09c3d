/** A page brings its neighbours together, and meets by them whom it does not know. */
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import {
  ATTEMPT_TIMEOUT_SECONDS,
  ATTEMPTS_MAX,
  NEIGHBOURS_CHOSEN,
  NEIGHBOURS_INTERVAL_SECONDS,
  REDIAL_MAX_SECONDS,
  RESTS_MAX,
} from '../../src/core/limits.ts'
import type { Hello, Message } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Description, Effect } from '../../src/protocol/effects.ts'
import { CALLS_AT_ONCE } from '../../src/protocol/introductions.ts'
import { Meeting } from '../../src/protocol/meeting.ts'
import { Mesh } from '../../src/protocol/mesh.ts'
import { hexOf } from '../../src/protocol/passing.ts'
import { seededRng } from '../seeded.ts'
import { HELLO } from './messages.ts'
import { at, key, ROOM_TAG } from './pair.ts'

const [ONE, TWO, FRIEND, PLAIN] = ['3', '5', '7', '9'].map(digit => digit.repeat(20) as PeerId) as [
  PeerId,
  PeerId,
  PeerId,
  PeerId,
]
const SEEK = { type: 'Seek' } as const
const OFFER: Description = { kind: 'offer', offerId: 'q'.repeat(20), sdp: 'an offer' }
const ANSWER: Description = { ...OFFER, kind: 'answer', sdp: 'an answer' }

function hello(number: number): Hello {
  return { ...HELLO, publicKey: key(number).publicKey }
}

/** A page with FRIEND as its neighbour, which it has asked. */
function made(own: PeerId, number: number): Meeting {
  const meeting = new Meeting({ own, key: key(number), tag: ROOM_TAG, rng: seededRng(`meeting ${number}`) })
  expect(meeting.join(FRIEND, hello(9), at(0))).toEqual([{ type: 'Send', peer: FRIEND, message: SEEK }])
  return meeting
}

function named(...peers: readonly (readonly [PeerId, number])[]): Message {
  const entries = peers.map(([peer, number]) => concatBytes(utf8ToBytes(peer), hexToBytes(key(number).publicKey)))
  return { type: 'Neighbours', peers: concatBytes(...entries) }
}

/** Give what FRIEND is to pass on. */
function introduced(effects: readonly Effect[]): Message {
  const [effect] = effects
  if (effects.length !== 1 || effect?.type !== 'Send') throw new Error(`no introduction: ${JSON.stringify(effects)}`)
  expect([effect.peer, effect.message.type]).toEqual([FRIEND, 'Introduce'])
  return effect.message
}

/** Give what reaches *to* when *from* describes something to it. */
function passed(from: Meeting, to: Meeting, peer: PeerId, description: Description, now = at(1)): Effect[] {
  return to.hear(FRIEND, introduced(from.describe({ type: 'Described', peer, description })), now)
}

test('what one neighbour has for another is passed on, and nothing to who does not understand it', () => {
  const meeting = made(ONE, 1)
  meeting.join(TWO, hello(2), at(0))
  meeting.join(PLAIN, { ...HELLO, features: 0 }, at(0))
  const message = { type: 'Introduce', to: hexOf(TWO), source: hexOf(FRIEND), sealed: Uint8Array.of(1) } as const
  expect(meeting.hear(FRIEND, message, at(0))).toEqual([{ type: 'Send', peer: TWO, message }])
  expect(meeting.hear(FRIEND, { ...message, to: hexOf(PLAIN) }, at(0))).toEqual([])
  meeting.leave(TWO, at(0))
  expect(meeting.hear(FRIEND, message, at(0))).toEqual([])
  meeting.leave(PLAIN, at(0))
})

test('a page lacks neighbours until enough have proven who they are, whoever is named or called', () => {
  const meeting = made(ONE, 1)
  const strangers = Array.from({ length: 2 * NEIGHBOURS_CHOSEN }, (_, number) => `b${number}`.padEnd(20, 'b') as PeerId)
  meeting.hear(FRIEND, named(...strangers.map((peer, number) => [peer, number + 20] as const)), at(0))
  for (const peer of strangers.slice(2, NEIGHBOURS_CHOSEN)) meeting.join(peer, hello(2), at(0))
  expect(meeting.isLacking).toBe(true)
  meeting.join(TWO, hello(2), at(0))
  expect(meeting.isLacking).toBe(false)
  meeting.leave(TWO, at(0))
  expect(meeting.isLacking).toBe(true)
})

test('who asks is told of the others, and what is about something else is none of its business', () => {
  const meeting = made(ONE, 1)
  meeting.join(TWO, hello(2), at(0))
  expect(meeting.hear(TWO, SEEK, at(0))).toMatchObject([{ message: { peers: { length: 52 } } }])
  expect(meeting.hear(TWO, { type: 'Ping', token: 1 }, at(0))).toEqual([])
})

test('the smaller id calls whom a friend names, who answers', () => {
  const [one, two] = [made(ONE, 1), made(TWO, 2)]
  expect(one.hear(FRIEND, named([TWO, 2]), at(0))).toEqual([{ type: 'Dial', peer: TWO }])
  expect(passed(one, two, TWO, OFFER)).toEqual([{ type: 'Signal', peer: ONE, description: OFFER }])
  expect(passed(two, one, ONE, ANSWER)).toEqual([{ type: 'Signal', peer: TWO, description: ANSWER }])
})

test('an offer of the larger id, which Trystero would leave unanswered, is met by one of ours', () => {
  const [one, two] = [made(ONE, 1), made(TWO, 2)]
  expect(two.hear(FRIEND, named([ONE, 1]), at(0))).toEqual([{ type: 'Dial', peer: ONE }])
  expect(passed(two, one, ONE, OFFER)).toEqual([{ type: 'Dial', peer: TWO }])
  // It is on its way to that one already.
  expect(passed(two, one, ONE, OFFER)).toEqual([])
  expect(passed(one, two, TWO, OFFER)).toEqual([{ type: 'Signal', peer: ONE, description: OFFER }])
  expect(passed(one, two, TWO, OFFER)).toEqual([])
  expect(passed(two, one, ONE, ANSWER)).toEqual([{ type: 'Signal', peer: TWO, description: ANSWER }])
})

test('an answer that nobody waits for, and an offer of a neighbour, are of no use', () => {
  const [one, two] = [made(ONE, 1), made(TWO, 2)]
  one.hear(FRIEND, named([TWO, 2]), at(0))
  passed(one, two, TWO, OFFER)
  one.join(TWO, hello(2), at(1))
  two.join(ONE, hello(1), at(1))
  expect(passed(two, one, ONE, ANSWER)).toEqual([])
  expect(passed(one, two, TWO, OFFER)).toEqual([])
  expect(passed(two, one, ONE, OFFER)).toEqual([])
})

test('nobody is asked once there are neighbours enough, those on their way included', () => {
  const meeting = made(ONE, 1)
  expect(meeting.hear(FRIEND, named([TWO, 2]), at(0))).toHaveLength(1)
  for (let number = 0; number < NEIGHBOURS_CHOSEN - 2; number += 1) {
    meeting.join(`${number}`.padStart(20, 'x') as PeerId, { ...HELLO, features: 0 }, at(0))
  }
  expect(meeting.missing()).toBe(0)
  expect(meeting.tick(at(ATTEMPT_TIMEOUT_SECONDS - 1))).toEqual([])
  meeting.tick(at(ATTEMPT_TIMEOUT_SECONDS))
  expect(meeting.missing()).toBe(1)
  expect(meeting.tick(at(ATTEMPT_TIMEOUT_SECONDS + NEIGHBOURS_INTERVAL_SECONDS))).toMatchObject([{ peer: FRIEND }])
})

test('who brought records is asked in place of who did not', () => {
  const [meeting, mesh] = [made(ONE, 1), new Mesh()]
  meeting.heed(mesh)
  expect(meeting.join(TWO, hello(2), at(0))).toMatchObject([{ peer: TWO }])
  for (const peer of [FRIEND, TWO]) {
    meeting.hear(peer, named(), at(0))
    mesh.prove(peer, key(2).publicKey, () => null, at(0).monotonic)
  }
  mesh.gained(TWO, at(1))
  expect(meeting.tick(at(2 * NEIGHBOURS_INTERVAL_SECONDS))).toEqual([{ type: 'Send', peer: TWO, message: SEEK }])
})

test('who does not come is called again later and later, and at once after it came', () => {
  const meeting = made(ONE, 1)
  const called: number[] = []
  for (let second = 0; second < 3_600; second += 1) {
    for (const effect of meeting.tick(at(second))) {
      if (effect.type === 'Send') called.push(...meeting.hear(FRIEND, named([TWO, 2]), at(second)).map(() => second))
    }
  }
  const pauses = called.slice(1).map((second, place) => second - (called[place] ?? 0))
  expect(called.length).toBeGreaterThan(3)
  expect(pauses.at(-1)).toBeGreaterThan(REDIAL_MAX_SECONDS / 2)
  meeting.join(TWO, hello(2), at(3_600))
  meeting.leave(TWO, at(3_600))
  expect(meeting.mayCall(TWO, at(3_600))).toBe(true)
  expect(meeting.mayCall(ONE, at(3_600))).toBe(false)
})

test('of those that were called in vain only so many are remembered', () => {
  const meeting = made(ONE, 1)
  const called: PeerId[] = []
  for (let minute = 0; called.length <= RESTS_MAX; minute += 1) {
    meeting.tick(at(60 * minute))
    const peer = String(minute).padStart(20, 'y') as PeerId
    if (meeting.hear(FRIEND, named([peer, 2]), at(60 * minute)).length > 0) called.push(peer)
    meeting.tick(at(60 * minute + ATTEMPT_TIMEOUT_SECONDS))
  }
  const [first = ONE, second = ONE] = called
  expect(meeting.mayCall(first, at(0))).toBe(true)
  expect(meeting.mayCall(second, at(0))).toBe(false)
})

test.each([
  ['callers', '0'],
  ['others that are to answer', 'x'],
])('a neighbour brings only so many %s at once, and all together so many', (_, first) => {
  const meeting = made(TWO, 2)
  const brought: number[] = []
  for (let friend = 0; friend < 9; friend += 1) {
    const way = String(friend).padStart(20, 'w') as PeerId
    meeting.join(way, hello(9), at(0))
    const taken = Array.from({ length: CALLS_AT_ONCE + 1 }, (_, number) => {
      const own = first + `${friend}`.padStart(9, '0') + `${number}`.padStart(10, '0')
      const caller = new Meeting({ own: own as PeerId, key: key(3), tag: ROOM_TAG, rng: seededRng(own) })
      caller.join(FRIEND, hello(9), at(0))
      caller.hear(FRIEND, named([TWO, 2]), at(0))
      const message = introduced(caller.describe({ type: 'Described', peer: TWO, description: OFFER }))
      return meeting.hear(way, message, at(0)).length
    })
    brought.push(taken.filter(count => count > 0).length)
  }
  expect(brought[0]).toBe(CALLS_AT_ONCE)
  expect(brought.reduce((sum, count) => sum + count, 0)).toBe(ATTEMPTS_MAX)
  // Who comes in vain keeps us from looking for nobody.
  expect(meeting.missing()).toBe(NEIGHBOURS_CHOSEN - 1 - brought.length)
})
