/** The node among its peers: who is let in, who is sent away, and what it costs the others. */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import {
  ANNOUNCE_DELAY_SECONDS,
  CLOCK_SKEW_SECONDS_NOTED,
  FOREIGN_PEERS_MAX,
  HALF_OPEN_SESSIONS_MAX,
  HELLO_TIMEOUT_SECONDS,
  PUSH_DELAY_SECONDS,
} from '../../src/core/limits.ts'
import { GoodbyeReason } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Effect } from '../../src/protocol/effects.ts'
import type { Input } from '../../src/protocol/inputs.ts'
import { EXAMPLES } from './messages.ts'
import { makeRecord, peerId } from './pair.ts'
import { farewells, Host, only, Stranger, said, told } from './stranger.ts'

const NOBODY = '0000nobody' as PeerId
const GARBAGE = utf8ToBytes('garbage')

/** Give a host with one established stranger. */
function meet(): readonly [Host, Stranger] {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  stranger.establish()
  return [host, stranger]
}

test('a proven peer has joined and one that is gone has left', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  const known = { peer: stranger.peer, key: stranger.key.publicKey }
  expect(told(stranger.establish(), 'PeerJoined')).toEqual([{ type: 'PeerJoined', ...known }])
  expect(told(stranger.vanish(), 'PeerLeft')).toEqual([{ type: 'PeerLeft', ...known, reason: 'gone' }])
  expect(host.node.peers).toEqual([])
})

test('a channel that proved nothing comes and goes unseen', () => {
  const stranger = new Stranger(new Host(), 2)
  stranger.open()
  expect(stranger.vanish()).toEqual([])
})

test('a start collects what grew old', () => {
  const host = new Host([], { isStarted: false })
  expect(host.node.start(host.now).map(effect => effect.type)).toEqual(['Expire'])
})

test('what the store lost is no member any more, and may come back', () => {
  const record = makeRecord(1)
  const host = new Host([record])
  const before = host.node.root(host.now)
  host.feed({ type: 'Lost', entries: [[record.createdAt, record.id]] })
  expect(host.node.count).toBe(0)
  expect(host.node.root(host.now)).not.toBe(before)
  host.feed({ type: 'Imported', records: [record] })
  expect(host.node.root(host.now)).toBe(before)
})

// What peers do wrong.

test.each([
  ['none', []],
  ['text', [...GARBAGE]],
  ['type', [0x91, 0x3f]],
  ['ff', Array(100).fill(0xff)],
])('bytes that are no message (%s) are a strike and end the session', (_name, bytes) => {
  const [, stranger] = meet()
  const data = Uint8Array.from(bytes)
  const effects = stranger.utter(data)
  const strike = only(told(effects, 'StrikeCounted'))
  expect(strike).toMatchObject({ peer: stranger.peer, key: stranger.key.publicKey, state: 'warned' })
  expect(farewells(effects, stranger.peer)).toEqual(['FAULT'])
  expect(stranger.utter(data)).toEqual([])
})

test('an extension that we do not know is no fault', () => {
  const [, stranger] = meet()
  expect(stranger.utter(Uint8Array.of(0x93, 0x7f, 0xa1, 0x61, 0x01))).toEqual([])
})

test("a peer that breaks the transport's rules is struck and sent away", () => {
  const [host, stranger] = meet()
  const effects = host.feed({ type: 'Faulted', peer: stranger.peer, reason: 'an endless message' })
  expect(told(effects, 'StrikeCounted').map(strike => strike.reason)).toEqual(['an endless message'])
  expect(farewells(effects, stranger.peer)).toEqual(['FAULT'])
})

test.each<Input>([
  { type: 'Received', peer: NOBODY, data: GARBAGE },
  { type: 'Faulted', peer: NOBODY, reason: 'an endless message' },
  { type: 'Loaded', peer: NOBODY, round: 1, blobs: [] },
  { type: 'Closed', peer: NOBODY, reason: 'gone' },
])('what is said of an unknown peer is ignored: $type', event => {
  expect(new Host().feed(event)).toEqual([])
})

test('records read for a peer that has not proven itself go nowhere', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  stranger.open()
  expect(host.feed({ type: 'Loaded', peer: stranger.peer, round: 1, blobs: [GARBAGE] })).toEqual([])
})

const EARLY = Object.values(EXAMPLES).filter(({ type }) => type !== 'Hello' && type !== 'Goodbye')

test.each(EARLY)('before the proof nothing but hello and goodbye is taken: $type', message => {
  const stranger = new Stranger(new Host(), 2)
  stranger.open()
  const effects = message.type === 'Unknown' ? stranger.utter(Uint8Array.of(0x91, 0x40)) : stranger.say(message)
  expect(farewells(effects, stranger.peer)).toEqual(['FAULT'])
  expect(only(told(effects, 'StrikeCounted')).key).toBeNull()
})

test('leaving says goodbye to all and lets nobody in', () => {
  const host = new Host()
  const strangers = [2, 3].map(number => new Stranger(host, number))
  for (const stranger of strangers) stranger.establish()
  const effects = host.feed({ type: 'Left' })
  for (const stranger of strangers) expect(farewells(effects, stranger.peer)).toEqual(['LEAVING'])
  const late = new Stranger(host, 4)
  expect(farewells(late.open(), late.peer)).toEqual(['LEAVING'])
})

// Bounds.

test('only so many sessions may be half open', () => {
  const host = new Host()
  for (let count = 0; count < HALF_OPEN_SESSIONS_MAX; count += 1) new Stranger(host, 2 + count).open()
  const late = new Stranger(host, 99)
  expect(farewells(late.open(), late.peer)).toEqual(['FULL'])
  host.wait(HELLO_TIMEOUT_SECONDS)
  expect(told(new Stranger(host, 98).establish(), 'PeerJoined')).toHaveLength(1)
})

test('only so many peers of other applications are kept', () => {
  const host = new Host()
  const effects: Effect[] = []
  for (let count = 0; count <= FOREIGN_PEERS_MAX; count += 1) {
    new Stranger(host, 2 + count).open()
    if (count % HALF_OPEN_SESSIONS_MAX === 0) effects.push(...host.wait(HELLO_TIMEOUT_SECONDS))
  }
  const peer = peerId(2 + FOREIGN_PEERS_MAX)
  const reason = 'too many peers of other applications'
  expect(effects.filter(effect => effect.type === 'Disconnect')).toEqual([{ type: 'Disconnect', peer, reason }])
})

test('a peer that connects and says nothing costs others nothing', () => {
  const host = new Host()
  const [silent, other] = [new Stranger(host, 2), new Stranger(host, 3)]
  silent.open()
  other.establish()
  const effects = other.say({ type: 'Records', round: 0, blobs: [makeRecord(1).wire] })
  effects.push(...host.wait(ANNOUNCE_DELAY_SECONDS))
  expect(host.disk.size).toBe(1)
  other.settle()
  expect(host.node.isQuiet).toBe(true)
  effects.push(...host.wait(HELLO_TIMEOUT_SECONDS))
  expect(effects.filter(effect => 'peer' in effect && effect.peer === silent.peer)).toEqual([])
  expect(host.node.peers.map(status => status.state)).toEqual(['foreign', 'established'])
})

test('a peer of another application is told of when it comes and goes', () => {
  const host = new Host()
  const silent = new Stranger(host, 2)
  silent.open()
  const { peer } = silent
  const came = told(host.wait(HELLO_TIMEOUT_SECONDS), 'ForeignPeerJoined')
  expect(came).toEqual([{ type: 'ForeignPeerJoined', peer }])
  const gone = told(silent.vanish('closed the page'), 'ForeignPeerLeft')
  expect(gone).toEqual([{ type: 'ForeignPeerLeft', peer, reason: 'closed the page' }])
})

test('a new channel of a peer replaces its old session', () => {
  const [host, stranger] = meet()
  expect(told(stranger.establish(), 'PeerJoined')).toHaveLength(1)
  expect(host.node.peers).toHaveLength(1)
  const effects = stranger.open()
  expect(told(effects, 'PeerLeft').map(left => left.reason)).toEqual(['the peer opened a new channel'])
  expect(said(effects, stranger.peer, 'Hello')).toHaveLength(1)
})

// Everyday life.

test('actions of applications pass through', () => {
  const event = { type: 'ActionReceived', peer: NOBODY, action: { name: 'chat', payload: 'hi' } } as const
  expect(new Host().feed(event)).toEqual([{ type: 'Emit', event }])
})

test('a ping is answered and goes no further', () => {
  const [, stranger] = meet()
  const pong = { type: 'Send', peer: stranger.peer, message: { type: 'Pong', token: 5 } }
  expect(stranger.say({ type: 'Ping', token: 5 })).toEqual([pong])
})

test('a goodbye ends the session without a word', () => {
  const [, stranger] = meet()
  const effects = stranger.say({ type: 'Goodbye', reason: GoodbyeReason.LEAVING, detail: 'see you' })
  expect(effects).toEqual([{ type: 'Disconnect', peer: stranger.peer, reason: 'goodbye: leaving see you' }])
  expect(stranger.say(EXAMPLES.Announce)).toEqual([])
})

test('a clock that two peers contradict is told', () => {
  const [host, aheadSeconds] = [new Host(), CLOCK_SKEW_SECONDS_NOTED + 30]
  new Stranger(host, 2, { aheadSeconds }).establish()
  const effects = new Stranger(host, 3, { aheadSeconds }).establish()
  expect(told(effects, 'ClockSkewed')).toEqual([
    { type: 'ClockSkewed', seconds: -aheadSeconds, peers: 2, isOurs: true },
  ])
})

test.each([2, 3, 4, 5, 6, 7])('the peer with the smaller nonce opens the first round: %i', number => {
  const stranger = new Stranger(new Host(), number)
  const roots = said(stranger.establish(), stranger.peer, 'Root')
  expect(roots).toHaveLength(stranger.isInitiator ? 0 : 1)
})

test('the deadline is that of whoever waits least', () => {
  const host = new Host([], { isStarted: false })
  expect(host.node.deadline).toBeNull()
  host.node.start(host.now)
  // The first collection is under way: nothing is due before it is done.
  expect(host.node.deadline).toBeNull()
  new Stranger(host, 2).open()
  host.feed({ type: 'Published', records: [makeRecord(1)] })
  expect(host.node.deadline).toBe(host.now.monotonic + HELLO_TIMEOUT_SECONDS)
  new Stranger(host, 3).establish()
  host.feed({ type: 'Published', records: [makeRecord(2)] }, { type: 'Published', records: [makeRecord(3)] })
  expect(host.node.deadline).toBe(host.now.monotonic + PUSH_DELAY_SECONDS)
})
