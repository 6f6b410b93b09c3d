import { expect, test } from 'vitest'
import {
  ANNOUNCE_DELAY_SECONDS,
  ANNOUNCE_IDS_MAX,
  ANNOUNCEMENTS_MAX,
  LIVE_ID_BYTES,
  LIVE_RECORD_BYTES_MIN,
  LIVE_WINDOW_BYTES,
  PULL_PATIENCE_SECONDS,
  PULL_TIMEOUT_SECONDS,
  PULLS_PER_PEER_MAX,
  PUSH_DELAY_SECONDS,
  PUSH_NEIGHBOURS,
  PUSH_PATIENCE_SECONDS,
  RECENT_RECORDS_MAX,
  REFUSED_CREDIT_SECONDS,
  RELAY_AGE_MAX_SECONDS,
} from '../../src/core/limits.ts'
import type { Message, Pull } from '../../src/core/message.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { QUARTER } from '../../src/protocol/inlet.ts'
import { ANNOUNCERS_MAX } from '../../src/protocol/pulls.ts'
import type { LiveRelay } from '../../src/protocol/relay.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { seededRng } from '../seeded.ts'
import { at, diskOf, makeRecord, Net, START } from './pair.ts'
import { relayOf } from './relays.ts'

const PEERS = Array.from({ length: 8 }, (_, number) => `00000${number}` as PeerId)
const [ONE, TWO, THREE] = PEERS as [PeerId, PeerId, PeerId, ...PeerId[]]
const PREFIX = '61'.repeat(8)

function makeRelay(neighbours = 8): LiveRelay {
  const relay = relayOf('relay')
  for (const peer of PEERS.slice(0, neighbours)) relay.join(peer)
  return relay
}

function announce(...prefixes: string[]): Message & { type: 'Announce' } {
  return { type: 'Announce', prefixes }
}

function pull(...prefixes: string[]): Pull {
  return { type: 'Pull', prefixes }
}

function lacking(...shortIds: string[]): Message & { type: 'Lacking' } {
  return { type: 'Lacking', round: 0, shortIds }
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

/** Let *relay* pass on *records*, new here, from *source*. */
function passOn(relay: LiveRelay, list: readonly Record[], source: PeerId | null = null, seconds = 0): Request[] {
  return relay.passOn(
    list.map(record => [record, source]),
    at(seconds),
  )
}

/** Give what is sent, by peer. */
function told(effects: readonly Request[]): Map<PeerId, Message[]> {
  const sent = new Map<PeerId, Message[]>()
  for (const effect of effects) {
    if (effect.type === 'Send') sent.set(effect.peer, [...(sent.get(effect.peer) ?? []), effect.message])
  }
  return sent
}

/** Give *count* records under ids of their own, from the one of number *first*. */
function many(count: number, first = 0): Record[] {
  const record = makeRecord(1)
  return Array.from({ length: count }, (_, number) => renamed(record, first + number))
}

function strikes(effects: readonly Request[]): Fault[] {
  return effects.flatMap(effect => (effect.type === 'Strike' ? effect.fault : []))
}

function blobs(count: number): Uint8Array[] {
  return Array<Uint8Array>(count).fill(makeRecord(1).wire)
}

test('our own record is pushed to three and announced to the rest', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  const pushed = seededRng('relay').sample(PEERS, PUSH_NEIGHBOURS)
  const message = (peer: PeerId) => (pushed.includes(peer) ? records(record.wire) : announce(prefixOf(record)))
  expect(passOn(relay, [record])).toEqual(PEERS.map(peer => send(peer, message(peer))))
  expect(relay.isIdle).toBe(true)
})

test('alone nothing is told', () => {
  const relay = makeRelay(0)
  expect(passOn(relay, [makeRecord(1)])).toEqual([])
  expect(relay.deadline).toBeNull()
})

test('the first record goes out at once and the next wait for company', () => {
  const relay = makeRelay(1)
  const [first, second, third, late] = [makeRecord(0), makeRecord(1), makeRecord(2), makeRecord(3)]
  expect(passOn(relay, [first])).toEqual([send(ONE, records(first.wire))])
  expect([...passOn(relay, [second], null, 0.001), ...passOn(relay, [third], null, 0.002)]).toEqual([])
  expect([relay.isIdle, relay.deadline]).toEqual([false, PUSH_DELAY_SECONDS])
  expect(relay.tick(at(PUSH_DELAY_SECONDS))).toEqual([send(ONE, records(second.wire, third.wire))])
  expect(relay.tick(at(ANNOUNCE_DELAY_SECONDS))).toEqual([])
  expect(relay.isIdle).toBe(true)
  expect(passOn(relay, [late], null, 1)).toEqual([send(ONE, records(late.wire))])
})

test('announcements are coalesced into full messages', () => {
  const sent = told(passOn(makeRelay(5), many(100), ONE))
  for (const peer of PEERS.slice(1, 5)) {
    const sizes = sent.get(peer)?.map(message => (message.type === 'Announce' ? message.prefixes.length : 0))
    expect(sizes).toEqual([ANNOUNCE_IDS_MAX, 100 - ANNOUNCE_IDS_MAX])
  }
})

test('what there is no credit for is announced only', () => {
  const [relay, list] = [makeRelay(1), many(70)]
  const rest = list.slice(64).map(prefixOf)
  expect(passOn(relay, list)).toEqual([
    send(ONE, records(...list.slice(0, 64).map(({ wire }) => wire))),
    send(ONE, announce(...rest)),
  ])
  expect(relay.pulled(ONE, pull(...rest))).toEqual([])
  const given = records(...list.slice(64).map(({ wire }) => wire))
  expect(relay.receive(ONE, { type: 'Credit', round: 0, totalBytes: QUARTER }, at(1))).toEqual([send(ONE, given)])
})

test('what can be neither pushed nor announced is left to sync', () => {
  const relay = makeRelay(1)
  const left: Request = { type: 'LeaveToSync', peer: ONE }
  expect(passOn(relay, many(64 + ANNOUNCEMENTS_MAX))).not.toContainEqual(left)
  expect(passOn(relay, many(ANNOUNCEMENTS_MAX, 2_000), null, 1)).toEqual([])
  expect(passOn(relay, many(1, 4_000), null, 2)).toEqual([left])
  expect(passOn(relay, many(1, 4_001), null, 3)).toEqual([left])
})

test('credit for what was never sent is a lie', () => {
  const credit = { type: 'Credit', round: 0, totalBytes: 1 } as const
  expect(strikes(makeRelay(1).receive(ONE, credit, at(0)))).toEqual([Fault.LYING])
})

test('credit is given a quarter of the window at a time', () => {
  const relay = makeRelay(1)
  expect(relay.take(ONE, blobs(16))).toEqual([])
  expect(relay.dealt(ONE, 15 * LIVE_RECORD_BYTES_MIN, 0, at(0))).toEqual([])
  const credit = send(ONE, { type: 'Credit', round: 0, totalBytes: QUARTER })
  expect(relay.dealt(ONE, LIVE_RECORD_BYTES_MIN, 0, at(0))).toEqual([credit])
  expect(relay.dealt(TWO, LIVE_RECORD_BYTES_MIN, 0, at(0))).toEqual([])
})

test('credit for what was refused comes slowly', () => {
  const [relay, cost] = [makeRelay(1), 20 * LIVE_RECORD_BYTES_MIN]
  relay.take(ONE, blobs(20))
  expect(relay.dealt(ONE, cost, cost, at(0))).toEqual([])
  expect([relay.deadline, relay.isIdle]).toEqual([REFUSED_CREDIT_SECONDS, true])
  const credit = send(ONE, { type: 'Credit', round: 0, totalBytes: QUARTER })
  expect(relay.tick(at(REFUSED_CREDIT_SECONDS))).toEqual([credit])
  expect(relay.tick(at(2 * REFUSED_CREDIT_SECONDS))).toEqual([])
  expect(relay.deadline).toBeNull()
})

test('more than was granted is a flood', () => {
  const relay = makeRelay(2)
  expect(relay.take(ONE, blobs(LIVE_WINDOW_BYTES / LIVE_RECORD_BYTES_MIN))).toEqual([])
  expect(strikes(relay.take(ONE, blobs(1)))).toEqual([Fault.FLOOD])
  expect(relay.take(TWO, blobs(1))).toEqual([])
})

test('ids may go further than records and no more', () => {
  const relay = makeRelay(2)
  relay.take(ONE, blobs(64))
  expect(announceAll(relay, ONE, ANNOUNCEMENTS_MAX - 1)).toBe(ANNOUNCEMENTS_MAX - 1)
  expect(strikes(relay.announced(ONE, announce(...prefixesFrom(0, 2)), at(0)))).toEqual([Fault.FLOOD])
  expect(strikes(relay.announced(ONE, announce(PREFIX), at(0)))).toEqual([])
  const effects = relay.announced(TWO, announce(...prefixesFrom(0, ANNOUNCEMENTS_MAX)), at(0))
  const totalBytes = ANNOUNCEMENTS_MAX * LIVE_ID_BYTES
  expect(told(effects).get(TWO)?.at(-1)).toEqual({ type: 'Credit', round: 0, totalBytes })
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
  const asked = Array.from({ length: 20 }, (_, seconds) => [...told(relay.tick(at(seconds))).keys()]).flat()
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
  relay.arrived(ONE, { round: 0 }, [record, makeRecord(2)], at(0))
  expect(relay.isIdle).toBe(true)
})

test('a known record is not pulled and its holder is not told', () => {
  const [relay, record] = [makeRelay(2), makeRecord(1)]
  passOn(relay, [makeRecord(0)], ONE)
  expect(passOn(relay, [record], ONE)).toEqual([])
  expect(relay.announced(TWO, announce(prefixOf(record)), at(0))).toEqual([])
  expect(relay.tick(at(1))).toEqual([])
  expect(passOn(relay, [record], null, 2)).toEqual([])
})

test('each record is given to a peer once', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  passOn(relay, [record], ONE)
  const question = pull(prefixOf(record), PREFIX)
  expect(relay.pulled(TWO, question)).toEqual([send(TWO, lacking(PREFIX)), send(TWO, records(record.wire))])
  expect(relay.pulled(TWO, question)).toEqual([send(TWO, lacking(PREFIX))])
  expect(relay.pulled(ONE, question)).toEqual([send(ONE, lacking(PREFIX))])
})

test('who gives other records meanwhile is waited for but not for ever', () => {
  const [relay, list] = [makeRelay(), many(30)]
  relay.announced(ONE, announce(PREFIX, ...list.map(prefixOf)), at(0))
  relay.announced(TWO, announce(PREFIX), at(0))
  const asked: number[] = []
  for (const [number, record] of list.entries()) {
    const seconds = (number + 1) / 2
    relay.arrived(ONE, { round: 0 }, [record], at(seconds))
    for (const [peer] of told(relay.tick(at(seconds)))) asked.push(peer === TWO ? seconds : 0)
  }
  expect(asked).toEqual([PULL_PATIENCE_SECONDS])
})

test('who waits for us to deal with what it gave is not passed over', () => {
  const relay = makeRelay()
  for (const peer of [ONE, TWO]) relay.announced(peer, announce(PREFIX), at(0))
  relay.take(ONE, blobs(1))
  expect(relay.tick(at(PULL_TIMEOUT_SECONDS))).toEqual([])
  relay.dealt(ONE, LIVE_RECORD_BYTES_MIN, 0, at(1.5))
  expect(relay.tick(at(2 * PULL_TIMEOUT_SECONDS))).toEqual([send(TWO, pull(PREFIX))])
})

test('what was asked in vain is asked of another in messages of so many ids', () => {
  const [relay, prefixes] = [makeRelay(), prefixesFrom(0, ANNOUNCE_IDS_MAX + 6)]
  for (const peer of [ONE, TWO]) for (const prefix of prefixes) relay.announced(peer, announce(prefix), at(0))
  const [first, second] = [prefixes.slice(0, ANNOUNCE_IDS_MAX), prefixes.slice(ANNOUNCE_IDS_MAX)]
  expect(relay.tick(at(PULL_TIMEOUT_SECONDS))).toEqual([send(TWO, pull(...first)), send(TWO, pull(...second))])
})

test('what is on its way through intake is not asked for and whoever announces it is not told', () => {
  const [relay, record, other] = [makeRelay(3), makeRecord(1), makeRecord(2)]
  for (const peer of [ONE, TWO]) relay.announced(peer, announce(prefixOf(other)), at(0))
  relay.arrived(ONE, { round: 0 }, [record, other], at(0))
  expect(relay.announced(TWO, announce(prefixOf(record)), at(0))).toEqual([])
  expect(relay.isIdle).toBe(true)
  const message = announce(prefixOf(record), prefixOf(other))
  expect(passOn(relay, [record, other], ONE)).toEqual([send(THREE, message)])
})

test('what does not come through intake may be asked for again in the end', () => {
  const [relay, prefix] = [makeRelay(2), prefixOf(makeRecord(1))]
  relay.arrived(ONE, { round: 0 }, [makeRecord(1)], at(0))
  relay.arrived(ONE, { round: 0 }, [makeRecord(2)], at(PULL_PATIENCE_SECONDS))
  expect(relay.announced(TWO, announce(prefix), at(PULL_PATIENCE_SECONDS))).toEqual([])
  expect(relay.tick(at(PULL_PATIENCE_SECONDS + PUSH_PATIENCE_SECONDS))).toEqual([send(TWO, pull(prefix))])
})

test('only so much on its way is remembered', () => {
  const relay = makeRelay(1)
  const [oldest = ''] = prefixesFrom(0, 1)
  for (const record of many(RECENT_RECORDS_MAX + 2)) relay.arrived(ONE, { round: 0 }, [record], at(0))
  expect(relay.announced(ONE, announce(oldest), at(0))).toEqual([send(ONE, pull(oldest))])
})

test('what was purged is neither given nor asked for', () => {
  const [relay, record] = [makeRelay(), makeRecord()]
  passOn(relay, [record], ONE)
  relay.forget([record.id, makeRecord(1).id])
  expect(relay.pulled(TWO, pull(prefixOf(record)))).toEqual([send(TWO, lacking(prefixOf(record)))])
  expect(relay.announced(THREE, announce(prefixOf(record)), at(0))).toEqual([])
})

test('what the first announcer lacks is asked of the next at once', () => {
  const [relay, [first, second]] = [makeRelay(3), prefixesFrom(1, 2) as [string, string]]
  relay.announced(ONE, announce(first, second), at(0))
  relay.announced(TWO, announce(first, second), at(0))
  expect(relay.receive(TWO, lacking(first, second), at(0.1))).toEqual([])
  expect(relay.receive(ONE, lacking(first, first, PREFIX), at(0.1))).toEqual([send(TWO, pull(first))])
  expect(relay.receive(TWO, lacking(first), at(0.2))).toEqual([])
  // The other one was asked of the first, which said nothing of it.
  expect(relay.tick(at(PULL_TIMEOUT_SECONDS))).toEqual([send(TWO, pull(second))])
  expect(relay.receive(TWO, lacking(first, second), at(PULL_TIMEOUT_SECONDS))).toEqual([])
  expect(relay.isIdle).toBe(true)
})

test('a neighbour of an older version is not told what is not at hand', () => {
  const relay = makeRelay(0)
  relay.join(ONE, { hasLacking: false })
  expect(relay.pulled(ONE, pull(PREFIX))).toEqual([])
})

/** Let *peer* announce *count* records of its own; give how many it is asked for. */
function announceAll(relay: LiveRelay, peer: PeerId, count: number): number {
  return prefixesFrom(PEERS.indexOf(peer) * 2 ** 32, count).reduce((asked, prefix) => {
    const [effect] = relay.announced(peer, announce(prefix), at(0))
    return effect?.type === 'Send' && effect.message.type === 'Pull' ? asked + effect.message.prefixes.length : asked
  }, 0)
}

test('what can be asked for of nobody any more is left to sync', () => {
  const relay = makeRelay()
  expect(announceAll(relay, ONE, PULLS_PER_PEER_MAX + 1)).toBe(PULLS_PER_PEER_MAX)
  expect(relay.announced(ONE, announce(PREFIX), at(0))).toEqual([{ type: 'LeaveToSync', peer: ONE }])
})

test('what was refused before is not asked for', () => {
  const relay = relayOf('relay', { isRefused: prefix => prefix === PREFIX })
  relay.join(ONE)
  expect(relay.announced(ONE, announce(PREFIX, '00'.repeat(8)), at(0))).toEqual([send(ONE, pull('00'.repeat(8)))])
})

test('only young records are relayed', () => {
  const relay = makeRelay()
  expect(relay.isYoung(makeRecord(1, { at: START - RELAY_AGE_MAX_SECONDS }), at(0))).toBe(true)
  expect(relay.isYoung(makeRecord(1, { at: START - RELAY_AGE_MAX_SECONDS - 1 }), at(0))).toBe(false)
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
