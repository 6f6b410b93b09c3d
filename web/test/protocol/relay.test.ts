import { expect, test } from 'vitest'
import {
  ANNOUNCE_DELAY_SECONDS,
  ANNOUNCE_IDS_MAX,
  ANNOUNCED_IDS_BURST_MAX,
  ANNOUNCED_IDS_PER_SECOND_MAX,
  FRAME_BYTES_MAX,
  PULL_TIMEOUT_SECONDS,
  PULLS_MAX,
  PULLS_PER_PEER_MAX,
  PUSH_NEIGHBOURS,
  RECENT_BYTES_MAX,
  RECENT_RECORDS_MAX,
  RELAY_AGE_MAX_SECONDS,
} from '../../src/core/limits.ts'
import type { Message, Pull } from '../../src/core/message.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { ANNOUNCERS_MAX, cutBlobs, LiveRelay } from '../../src/protocol/relay.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { seededRng } from '../seeded.ts'
import { at, diskOf, filled, makeRecord, Net, START } from './pair.ts'

const PEERS = Array.from({ length: 8 }, (_, number) => `00000${number}` as PeerId)
const [ONE, TWO, THREE] = PEERS as [PeerId, PeerId, PeerId, ...PeerId[]]
const PREFIX = '61'.repeat(8)

function makeRelay(neighbours = 8): LiveRelay {
  const relay = new LiveRelay({ rng: seededRng('relay') })
  for (const peer of PEERS.slice(0, neighbours)) relay.join(peer)
  return relay
}

function announce(...prefixes: string[]): Message & { type: 'Announce' } {
  return { type: 'Announce', prefixes }
}

function pull(...prefixes: string[]): Pull {
  return { type: 'Pull', prefixes }
}

function records(...blobs: Uint8Array[]): Message {
  return { type: 'Records', round: 0, blobs }
}

function send(peer: PeerId, message: Message): Request {
  return { type: 'Send', peer, message }
}

function prefixOf(record: Record): string {
  return record.id.slice(0, 16)
}

/** Give *count* prefixes from the one of number *first*. */
function prefixesFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, number) => (first + number).toString(16).padStart(16, '0'))
}

/** Give *record* under the id that begins with the number *number*: signatures are no matter of the relay. */
function renamed(record: Record, number: number): Record {
  return { ...record, id: number.toString(16).padStart(16, '0').padEnd(64, '0') as RecordId }
}

/** Give whom *relay* tells what, when the time has come. */
function flush(relay: LiveRelay, seconds = ANNOUNCE_DELAY_SECONDS): Map<PeerId, Message[]> {
  const told = new Map<PeerId, Message[]>()
  for (const effect of relay.tick(at(seconds))) {
    if (effect.type === 'Send') told.set(effect.peer, [...(told.get(effect.peer) ?? []), effect.message])
  }
  return told
}

test('our own record is pushed to three and announced to the rest', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  relay.passOn(record, null, at(0))
  expect(relay.deadline).toBe(ANNOUNCE_DELAY_SECONDS)
  const pushed = seededRng('relay').sample(PEERS, PUSH_NEIGHBOURS).sort()
  const others = PEERS.filter(peer => !pushed.includes(peer))
  expect(relay.tick(at(ANNOUNCE_DELAY_SECONDS))).toEqual([
    ...pushed.map(peer => send(peer, records(record.wire))),
    ...others.map(peer => send(peer, announce(prefixOf(record)))),
  ])
  expect(relay.isIdle).toBe(true)
})

test('a record of others is announced to all but its sender', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  relay.passOn(record, THREE, at(0))
  const others = PEERS.filter(peer => peer !== THREE)
  expect(flush(relay)).toEqual(new Map(others.map(peer => [peer, [announce(prefixOf(record))]])))
})

test('alone nothing is told', () => {
  const relay = makeRelay(0)
  relay.passOn(makeRecord(1), null, at(0))
  expect(relay.deadline).toBeNull()
})

test('announcements are coalesced into full messages', () => {
  const [relay, record] = [makeRelay(5), makeRecord(1)]
  for (let number = 0; number < 100; number += 1) relay.passOn(renamed(record, number), ONE, at(0))
  const told = flush(relay)
  for (const peer of PEERS.slice(1, 5)) {
    const sizes = told.get(peer)?.map(message => (message.type === 'Announce' ? message.prefixes.length : 0))
    expect(sizes).toEqual([ANNOUNCE_IDS_MAX, 100 - ANNOUNCE_IDS_MAX])
  }
})

test('what is announced and lacking is pulled from the first announcer', () => {
  const relay = makeRelay()
  expect(relay.announced(ONE, announce(PREFIX), at(0))).toEqual([send(ONE, pull(PREFIX))])
  expect(relay.announced(TWO, announce(PREFIX), at(0))).toEqual([])
  expect(relay.isIdle).toBe(false)
})

test('who announces without giving is passed over and not blamed', () => {
  const relay = makeRelay()
  relay.announced(ONE, announce(PREFIX), at(0))
  relay.announced(TWO, announce(PREFIX), at(0))
  expect(relay.deadline).toBe(PULL_TIMEOUT_SECONDS)
  expect(relay.tick(at(PULL_TIMEOUT_SECONDS))).toEqual([send(TWO, pull(PREFIX))])
  relay.tick(at(2 * PULL_TIMEOUT_SECONDS))
  expect(relay.isIdle).toBe(true)
})

test('only so many announcers of one record are remembered', () => {
  const relay = makeRelay()
  const crowd = Array.from({ length: ANNOUNCERS_MAX + 2 }, (_, number) => `0001${number + 10}` as PeerId)
  relay.announced(ONE, announce(PREFIX), at(0))
  for (const peer of crowd) {
    relay.join(peer)
    expect(relay.announced(peer, announce(PREFIX), at(0))).toEqual([])
  }
  const asked = Array.from({ length: 20 }, (_, seconds) => [...flush(relay, seconds).keys()]).flat()
  expect(asked).toEqual(crowd.slice(0, ANNOUNCERS_MAX))
})

test('who left is neither asked nor blamed', () => {
  const relay = makeRelay()
  relay.announced(ONE, announce(PREFIX), at(0))
  relay.announced(TWO, announce(PREFIX), at(0))
  relay.leave(ONE)
  relay.leave(TWO)
  expect(relay.tick(at(PULL_TIMEOUT_SECONDS))).toEqual([])
})

test('a record that came is not asked for again', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  relay.announced(ONE, announce(prefixOf(record)), at(0))
  expect(relay.arrived(ONE, [record, makeRecord(2)])).toEqual(new Set([record.id]))
  expect(relay.isIdle).toBe(true)
})

test('a known record is not pulled and its holder is not told', () => {
  const [relay, record] = [makeRelay(2), makeRecord(1)]
  relay.passOn(record, ONE, at(0))
  expect(relay.announced(TWO, announce(prefixOf(record)), at(0))).toEqual([])
  expect(flush(relay)).toEqual(new Map([[TWO, [announce(prefixOf(record))]]]))
  relay.passOn(record, null, at(1))
  expect(flush(relay, 2)).toEqual(new Map())
})

test('each record is given to a peer once', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  relay.passOn(record, ONE, at(0))
  const question = pull(prefixOf(record), PREFIX)
  expect(relay.pulled(TWO, question)).toEqual([send(TWO, records(record.wire))])
  expect(relay.pulled(TWO, question)).toEqual([])
  expect(relay.pulled(ONE, question)).toEqual([])
})

test('what was purged is neither given nor asked for', () => {
  const [relay, record] = [makeRelay(), makeRecord()]
  relay.passOn(record, ONE, at(0))
  relay.forget([record.id, makeRecord(1).id])
  expect(relay.pulled(TWO, pull(prefixOf(record)))).toEqual([])
  expect(relay.announced(THREE, announce(prefixOf(record)), at(0))).toEqual([])
})

test('too many ids at once are a flood', () => {
  const reason = `more than ${ANNOUNCE_IDS_MAX} ids announced at once`
  const flood = announce(...prefixesFrom(0, ANNOUNCE_IDS_MAX + 1))
  expect(makeRelay().announced(ONE, flood, at(0))).toEqual([{ type: 'Strike', peer: ONE, fault: Fault.FLOOD, reason }])
})

/** Let *peer* announce *count* records of its own; give how many it is asked for. */
function announceAll(relay: LiveRelay, peer: PeerId, count: number): number {
  return prefixesFrom(PEERS.indexOf(peer) * 2 ** 32, count).reduce((asked, prefix) => {
    const [effect] = relay.announced(peer, announce(prefix), at(0))
    return effect?.type === 'Send' && effect.message.type === 'Pull' ? asked + effect.message.prefixes.length : asked
  }, 0)
}

test('only so many records are asked for at once', () => {
  const relay = makeRelay()
  const asked = PEERS.map(peer => announceAll(relay, peer, PULLS_PER_PEER_MAX + 1))
  expect(Math.max(...asked)).toBe(PULLS_PER_PEER_MAX)
  expect(asked.reduce((sum, each) => sum + each)).toBe(PULLS_MAX)
})

test('a peer that announces much leaves room for the others', () => {
  const relay = makeRelay()
  expect(announceAll(relay, ONE, PULLS_MAX)).toBe(PULLS_PER_PEER_MAX)
  expect(announceAll(relay, TWO, 1)).toBe(1)
  relay.tick(at(PULL_TIMEOUT_SECONDS))
  expect(announceAll(relay, ONE, 1)).toBe(1)
})

test('ids without end are a flood', () => {
  const relay = makeRelay()
  const message = announce(...prefixesFrom(0, ANNOUNCE_IDS_MAX))
  const struckAt = (seconds: number, peer = ONE) =>
    relay.announced(peer, message, at(seconds)).flatMap(effect => (effect.type === 'Strike' ? [effect.fault] : []))
  for (let count = 0; count < ANNOUNCED_IDS_BURST_MAX / ANNOUNCE_IDS_MAX; count += 1) expect(struckAt(9)).toEqual([])
  expect(struckAt(9)).toEqual([Fault.FLOOD])
  expect(struckAt(9, TWO)).toEqual([])
  expect(struckAt(9 + ANNOUNCE_IDS_MAX / ANNOUNCED_IDS_PER_SECOND_MAX)).toEqual([])
})

test('what was refused before is not asked for', () => {
  const relay = new LiveRelay({ rng: seededRng('relay'), isRefused: prefix => prefix === PREFIX })
  relay.join(ONE)
  const [welcome = ''] = prefixesFrom(1, 1)
  expect(relay.announced(ONE, announce(PREFIX, welcome), at(0))).toEqual([send(ONE, pull(welcome))])
})

test('only young records are relayed', () => {
  const relay = makeRelay()
  expect(relay.isYoung(makeRecord(1, { at: START - RELAY_AGE_MAX_SECONDS }), at(0))).toBe(true)
  expect(relay.isYoung(makeRecord(1, { at: START - RELAY_AGE_MAX_SECONDS - 1 }), at(0))).toBe(false)
})

test.each([
  ['number', 0, RECENT_RECORDS_MAX],
  ['bytes', 60_000, Math.floor(RECENT_BYTES_MAX / makeRecord(1, { size: 60_000 }).wire.length)],
])('what can be pulled is bounded in %s', (_what, size, most) => {
  const [relay, record] = [makeRelay(1), makeRecord(1, { size })]
  for (let number = 0; number <= most; number += 1) relay.passOn(renamed(record, number), ONE, at(0))
  const [oldest = '', next = ''] = prefixesFrom(0, 2)
  expect(relay.pulled(TWO, pull(oldest))).toEqual([])
  expect(relay.pulled(TWO, pull(next))).toEqual([send(TWO, records(record.wire))])
})

test('blobs are cut into messages of bounded size', () => {
  const frames = cutBlobs(Array.from({ length: 5 }, () => filled(0x78, 25_000)))
  expect(frames.map(frame => frame.length)).toEqual([2, 2, 1])
  expect(frames.every(frame => frame.reduce((size, blob) => size + blob.length, 0) <= FRAME_BYTES_MAX)).toBe(true)
})

test('in a full mesh every record is paid for once by each peer', () => {
  const net = new Net()
  const members = [1, 2, 3, 4, 5, 6].map(number => net.add(number))
  for (const [at, one] of members.entries()) for (const two of members.slice(at + 1)) net.connect(one, two)
  const record = makeRecord(1)
  const [author] = members
  if (author !== undefined) net.publish(author, record)
  net.passTime(2)
  for (const member of members) expect(member.disk).toEqual(diskOf([record]))
  const messages = members.flatMap(({ sent }) => sent.map(({ message }) => message))
  expect(messages.filter(message => message.type === 'Records')).toHaveLength(members.length - 1)
})
