/** Whom a page asks for introductions, whom it calls by a neighbour, and what it takes of what is passed on to it. */
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/sealed.json'
import { SecretKey } from '../../src/core/keys.ts'
import {
  INTRODUCED_KEYS_MAX,
  INTRODUCED_PER_CHOSEN,
  INTRODUCED_PER_MINUTE,
  INTRODUCTIONS_PER_MINUTE,
  NEIGHBOURS_CHOSEN,
  NEIGHBOURS_INTERVAL_SECONDS,
  SDP_BYTES_MAX,
  SEEK_INTERVAL_MAX_SECONDS,
  SEEK_TIMEOUT_SECONDS,
} from '../../src/core/limits.ts'
import type { Introduce, Neighbours } from '../../src/core/message.ts'
import { seal } from '../../src/core/sealed.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Dial, Send, Signal } from '../../src/protocol/effects.ts'
import { CALLS_AT_ONCE, type Dialer, Introductions } from '../../src/protocol/introductions.ts'
import { hexOf } from '../../src/protocol/passing.ts'
import { seededRng } from '../seeded.ts'
import { at, key, ROOM_TAG } from './pair.ts'

const [OWN, FRIEND, OTHER] = ['o', 'f', 's'].map(letter => letter.repeat(20) as PeerId) as [PeerId, PeerId, PeerId]
const OFFER = { kind: 'offer', offerId: 'q'.repeat(20), sdp: 'v=0' } as const
const SEEK = { type: 'Seek' } as const

function stranger(number: number): PeerId {
  return String(number).padStart(20, '0') as PeerId
}

/** Lacks what a test says, and may call whom it does not know. */
class Lacking implements Dialer {
  isCalling = true
  lacks: number
  readonly useful = new Set<PeerId>()
  readonly known = new Set<PeerId>([OWN, FRIEND, OTHER])

  constructor(lacks = 8) {
    this.lacks = lacks
  }

  missing(): number {
    return this.lacks
  }

  mayCall(peer: PeerId): boolean {
    return !this.known.has(peer)
  }

  isUseful(peer: PeerId): boolean {
    return this.useful.has(peer)
  }
}

function make(dialer = new Lacking(), own = OWN, secret = key(1)): Introductions {
  return new Introductions({ own, key: secret, tag: ROOM_TAG, rng: seededRng('introductions') }, dialer)
}

/** One that has a friend, which it has asked. */
function asking(dialer?: Lacking): Introductions {
  const introductions = make(dialer)
  introductions.join(FRIEND, key(2).publicKey, at(0))
  return introductions
}

function entry(number: number): Uint8Array {
  return concatBytes(utf8ToBytes(stranger(number)), hexToBytes(key(5).publicKey))
}

function named(first: number, count = 1): Neighbours {
  return {
    type: 'Neighbours',
    peers: concatBytes(...Array.from({ length: count }, (_, index) => entry(first + index))),
  }
}

function dialed(effects: readonly (Send | Dial | Signal)[]): PeerId[] {
  return effects.flatMap(effect => (effect.type === 'Dial' ? [effect.peer] : []))
}

function sealed(text: Uint8Array | string, { source = 5, to = key(1).publicKey } = {}): Introduce {
  const [ours, theirs] = [hexOf(OWN), hexOf(stranger(source))]
  const context = hexToBytes(ROOM_TAG + theirs + ours)
  const bytes = typeof text === 'string' ? utf8ToBytes(text) : text
  const data = seal(bytes, key(source), to, { context, salt: new Uint8Array(16) })
  return { type: 'Introduce', to: ours, source: theirs, sealed: data }
}

const GOOD = '\0\x04offrsdp'

test('a new neighbour is asked at once if others are lacking, and not where nobody dials', () => {
  const join = (dialer: Lacking) => make(dialer).join(FRIEND, key(2).publicKey, at(0))
  expect(join(new Lacking())).toEqual([{ type: 'Send', peer: FRIEND, message: SEEK }])
  expect(join(new Lacking(0))).toEqual([])
  const idle = Object.assign(new Lacking(), { isCalling: false })
  const introductions = asking(idle)
  introductions.leave(FRIEND, at(1))
  introductions.leave(FRIEND, at(1))
  expect(introductions.deadline).toBe(null)
  expect(introductions.tick(at(999))).toEqual([])
})

test('a neighbour that never answers is asked again later and later', () => {
  const introductions = asking()
  const seconds = Array.from({ length: 3_000 }, (_, second) => second).slice(1)
  const asked = seconds.filter(second => introductions.tick(at(second)).length > 0)
  const pauses = asked.map((second, place) => second - (asked[place - 1] ?? 0))
  expect(pauses[0]).toBe(SEEK_TIMEOUT_SECONDS + NEIGHBOURS_INTERVAL_SECONDS)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(SEEK_TIMEOUT_SECONDS + SEEK_INTERVAL_MAX_SECONDS)
})

test('a neighbour that says nothing new is asked more and more seldom until one leaves', () => {
  const introductions = make()
  const asked: number[] = []
  for (const peer of [FRIEND, OTHER]) introductions.join(peer, key(2).publicKey, at(0))
  for (let second = 0; second < 3_000; second += 1) {
    for (const { peer } of introductions.tick(at(second))) {
      introductions.receive(peer, { type: 'Neighbours', peers: new Uint8Array() }, at(second))
      if (peer === FRIEND) asked.push(second)
    }
  }
  const pauses = asked.slice(1).map((second, place) => second - (asked[place] ?? 0))
  expect(pauses).toEqual(pauses.toSorted((one, two) => one - two))
  expect(pauses.at(-1)).toBe(SEEK_INTERVAL_MAX_SECONDS)
  introductions.leave(OTHER, at(3_000))
  const soon = Array.from({ length: 40 }, (_, second) => introductions.tick(at(3_000 + second)))
  expect(soon.flat()).toEqual([{ type: 'Send', peer: FRIEND, message: SEEK }])
})

test('a neighbour that is the only one is asked as often though it says nothing new', () => {
  const introductions = asking()
  const nobody = { type: 'Neighbours', peers: new Uint8Array() } as const
  introductions.receive(FRIEND, nobody, at(0))
  for (let turn = 1; turn < 20; turn += 1) {
    expect(introductions.tick(at(turn * NEIGHBOURS_INTERVAL_SECONDS))).toHaveLength(1)
    introductions.receive(FRIEND, nobody, at(turn * NEIGHBOURS_INTERVAL_SECONDS))
  }
})

test('those that are named first are called one more than are lacking', () => {
  const named = { type: 'Neighbours', peers: concatBytes(...[7, 3, 5, 1].map(entry)) } as const
  const dialer = new Lacking(2)
  const introductions = asking(dialer)
  expect(dialed(introductions.receive(FRIEND, named, at(0)))).toEqual([7, 3, 5].map(stranger))

  introductions.join(OTHER, key(3).publicKey, at(1))
  dialer.lacks = 0
  expect(dialed(introductions.receive(OTHER, named, at(1)))).toEqual([])
})

test('of neighbours that are good for something only these are asked', () => {
  const dialer = new Lacking(0)
  const introductions = make(dialer)
  for (const peer of [FRIEND, OTHER]) introductions.join(peer, key(2).publicKey, at(0))
  dialer.lacks = 3
  dialer.useful.add(OTHER)
  expect(introductions.tick(at(40))).toEqual([{ type: 'Send', peer: OTHER, message: SEEK }])
})

test('one neighbour brings at most half of those that are looked for', () => {
  const introductions = asking()
  const first = dialed(introductions.receive(FRIEND, named(0, 10), at(0)))
  expect(first).toHaveLength(CALLS_AT_ONCE)
  expect(CALLS_AT_ONCE).toBe(NEIGHBOURS_CHOSEN / INTRODUCED_PER_CHOSEN)
  for (const peer of first) introductions.join(peer, key(3).publicKey, at(1))
  introductions.tick(at(40))
  expect(introductions.receive(FRIEND, named(10, 10), at(40))).toEqual([])
})

test('by one neighbour only so many are called in a minute', () => {
  const introductions = asking()
  let called = 0
  for (let second = 0; second < 600; second += 1) {
    introductions.tick(at(second))
    called += dialed(introductions.receive(FRIEND, named(second, 10), at(second))).length
  }
  expect(called).toBeGreaterThan(CALLS_AT_ONCE)
  expect(called).toBeLessThanOrEqual(CALLS_AT_ONCE + 10 * INTRODUCED_PER_MINUTE)
})

test('only who can be called is, and an answer that nobody asked for is ignored', () => {
  const dialer = new Lacking()
  dialer.known.add(stranger(2))
  expect(make(dialer).receive(FRIEND, named(1), at(0))).toEqual([])
  const introductions = asking(dialer)
  const noise = [
    concatBytes(utf8ToBytes('?'.repeat(20)), hexToBytes(key(9).publicKey)),
    concatBytes(utf8ToBytes(stranger(3)), new Uint8Array(32).fill(255)),
    utf8ToBytes('cut off'),
  ]
  const peers = concatBytes(entry(1), entry(2), ...noise)
  expect(dialed(introductions.receive(FRIEND, { type: 'Neighbours', peers }, at(0)))).toEqual([stranger(1)])
  expect(introductions.receive(FRIEND, named(4), at(1))).toEqual([])
})

test('an offer of ours reaches whom it is for, and the answer comes back the same way', () => {
  const [ours, theirs] = [asking(), make(new Lacking(), stranger(4), key(5))]
  ours.receive(FRIEND, named(4), at(0))
  theirs.join(FRIEND, key(2).publicKey, at(0))
  const [call] = ours.carry(stranger(4), OFFER)
  expect(call).toMatchObject({ peer: FRIEND, message: { to: hexOf(stranger(4)), source: hexOf(OWN) } })
  const heard = theirs.receive(FRIEND, call?.message ?? SEEK, at(1))
  expect(heard).toEqual([{ type: 'Signal', peer: OWN, description: OFFER }])
  expect(theirs.introducerOf(OWN)).toBe(FRIEND)
  const answer = { kind: 'answer', offerId: OFFER.offerId, sdp: 'später' } as const
  const [reply] = theirs.carry(OWN, answer)
  const back = ours.receive(FRIEND, reply?.message ?? SEEK, at(2))
  expect(back).toEqual([{ type: 'Signal', peer: stranger(4), description: answer }])
})

test.each([
  ['an offer', { kind: 'offer', offerId: 'offr', sdp: 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n' }],
  ['an answer in two scripts', { kind: 'answer', offerId: 'offr', sdp: 'später 再见' }],
])('%s that Python wrote is read', (name, description) => {
  const vector = vectors.sealed.find(each => each.name === name)
  if (vector === undefined) throw new Error(`no vector of ${name}`)
  const ends = vector.context.slice(ROOM_TAG.length)
  const [source, to] = [ends.slice(0, 40), ends.slice(40)]
  const idOf = (hex: string) => new TextDecoder().decode(hexToBytes(hex)) as PeerId
  const introductions = make(new Lacking(), idOf(to), new SecretKey(hexToBytes(vector.to)))
  introductions.join(FRIEND, key(2).publicKey, at(0))
  const message = { type: 'Introduce', to, source, sealed: hexToBytes(vector.sealed) } as const
  const heard = introductions.receive(FRIEND, message, at(0))
  expect(heard).toEqual([{ type: 'Signal', peer: idOf(source), description }])
})

test('nothing is sent by a neighbour that is gone, or to who is not known', () => {
  const introductions = asking()
  expect(introductions.carry(stranger(4), OFFER)).toEqual([])
  introductions.receive(FRIEND, named(4), at(0))
  introductions.leave(FRIEND, at(1))
  expect(introductions.carry(stranger(4), OFFER)).toEqual([])
})

test.each([
  ['nothing', sealed('')],
  ['of another kind', sealed('\x02\x04offrsdp')],
  ['without the id of an offer', sealed('\0\0sdp')],
  ['cut off', sealed('\0\x04of')],
  ['with an id that is none', sealed('\0\x04of!rsdp')],
  ['that is no text', sealed(concatBytes(utf8ToBytes('\0\x04offr'), Uint8Array.of(255)))],
  ['with a long id', sealed(`\0\x21${'o'.repeat(33)}sdp`)],
  ['too long', sealed(`\0\x04offr${'x'.repeat(SDP_BYTES_MAX + 1)}`)],
  ['sealed for another', sealed(GOOD, { to: key(8).publicKey })],
  ['of nobody', { ...sealed(GOOD), source: hexOf('?'.repeat(20) as PeerId) }],
])('what is no offer for us is nobody’s fault: %s', (_, message) => {
  expect(asking().receive(FRIEND, message, at(0))).toEqual([])
})

test('what a neighbour passes on to us is looked at only so often', () => {
  const introductions = asking()
  const heard = Array.from({ length: 100 }, () => introductions.receive(FRIEND, sealed(GOOD), at(0)))
  expect(heard.flat()).toHaveLength(2 * INTRODUCTIONS_PER_MINUTE)
  expect(make().receive(FRIEND, sealed(GOOD), at(0))).toEqual([])
})

test('keys of only so many are remembered', () => {
  const introductions = asking()
  const called: PeerId[] = []
  for (let minute = 0; called.length <= INTRODUCED_KEYS_MAX; minute += 1) {
    introductions.tick(at(60 * minute))
    called.push(...dialed(introductions.receive(FRIEND, named(minute), at(60 * minute))))
  }
  const [first = OWN, second = OWN] = called
  expect(introductions.carry(first, OFFER)).toEqual([])
  expect(introductions.carry(second, OFFER)).toHaveLength(1)
})

test('what is for others is passed on, and what is about something else is none of its business', () => {
  const introductions = asking()
  introductions.join(OTHER, key(2).publicKey, at(0))
  const message = { type: 'Introduce', to: hexOf(OTHER), source: hexOf(FRIEND), sealed: Uint8Array.of(1) } as const
  expect(introductions.receive(FRIEND, message, at(0))).toEqual([{ type: 'Send', peer: OTHER, message }])
  expect(introductions.receive(OTHER, SEEK, at(0))).toMatchObject([{ message: { type: 'Neighbours' } }])
  expect(introductions.receive(OTHER, { type: 'Ping', token: 1 }, at(0))).toEqual([])
})
