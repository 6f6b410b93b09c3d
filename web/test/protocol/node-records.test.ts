/** Records through whole nodes: what becomes of good and bad ones, and what they cost their senders. */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { DAY_SECONDS, HOUR_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import {
  BATCHES_AT_ONCE_MAX,
  COLLECTION_INTERVAL_SECONDS,
  COLLECTION_JITTER_SECONDS,
  RELAY_AGE_MAX_SECONDS,
  RETENTION_MARGIN_SECONDS,
  RETENTION_SECONDS,
  ROUND_INTERVAL_SECONDS,
  ROUND_TIMEOUT_SECONDS,
} from '../../src/core/limits.ts'
import type { Message } from '../../src/core/message.ts'
import { type Record, signRecord } from '../../src/core/record.ts'
import type { Effect } from '../../src/protocol/effects.ts'
import type { Event } from '../../src/protocol/events.ts'
import { deletionOf, diskOf, key, type Member, makeRecord, Net, START } from './pair.ts'
import { farewells, Host, only, Stranger, said, told } from './stranger.ts'

const PREFIX = '61'.repeat(8)
const GARBAGE = utf8ToBytes('garbage')
/** What a record of another room is made of. */
const STRAY = { kind: 1078, tags: [['h', '00'.repeat(16)]], content: 'elsewhere' }

function forged(record: Record): Record {
  const wire = record.wire.with(-1, (record.wire.at(-1) ?? 0) ^ 1)
  return { ...record, wire, signature: wire.slice(-64) }
}

function live(...records: readonly Record[]): Message {
  return { type: 'Records', round: 0, blobs: records.map(record => record.wire) }
}

/** Give the one effect of *kind*. */
function asked<Kind extends Effect['type']>(effects: readonly Effect[], kind: Kind): Effect & { type: Kind } {
  return only(effects.filter((effect): effect is Effect & { type: Kind } => effect.type === kind))
}

/** Give a host with an established stranger. */
function meet(): readonly [Host, Stranger] {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  stranger.establish()
  return [host, stranger]
}

// Our own user.

test('a published record is saved, told and pushed', () => {
  const [host, stranger] = meet()
  const record = makeRecord(1)
  const effects = host.feed({ type: 'Published', records: [record] })
  expect(told(effects, 'RecordAdded')).toEqual([{ type: 'RecordAdded', record, peer: null }])
  expect(host.node.count).toBe(1)
  expect(said(effects, stranger.peer, 'Records')).toEqual([live(record)])
})

test('an imported record must be signed', () => {
  const host = new Host()
  const effects = host.feed({ type: 'Imported', records: [forged(makeRecord(1)), makeRecord(2, { author: 2 })] })
  expect(told(effects, 'RecordRejected').map(rejected => rejected.source)).toEqual(['signature'])
  expect(told(effects, 'StrikeCounted')).toEqual([])
  expect(host.node.count).toBe(1)
})

test('a store that is full delays a record and loses nothing', () => {
  const [host, record] = [new Host(), makeRecord(1)]
  host.unanswered.add('Save')
  const { batch } = asked(host.feed({ type: 'Published', records: [record] }), 'Save')
  const effects = host.feed({ type: 'SaveFailed', batch, reason: 'disk full' })
  expect(told(effects, 'SaveDelayed')).toEqual([{ type: 'SaveDelayed', reason: 'disk full', ids: [record.id] }])
  expect(host.node.count).toBe(0)
  expect(host.node.isQuiet).toBe(true)
  host.unanswered.clear()
  host.feed({ type: 'Published', records: [record] })
  expect(host.node.count).toBe(1)
})

test('old records are won by comparing and not announced', () => {
  const host = new Host()
  const [one, two] = [new Stranger(host, 2), new Stranger(host, 3)]
  for (const stranger of [one, two]) {
    stranger.establish()
    stranger.settle()
  }
  const effects = one.say(live(makeRecord(1, { at: START - RELAY_AGE_MAX_SECONDS - 1 })))
  effects.push(...host.wait(ROUND_INTERVAL_SECONDS))
  expect(said(effects, two.peer, 'Announce')).toEqual([])
  expect(said(effects, two.peer, 'Root')).toHaveLength(1)
  expect(said(effects, one.peer, 'Root')).toEqual([])
})

// What peers send.

test('a record of one peer is announced to the others and can be pulled', () => {
  const [host, one] = meet()
  const two = new Stranger(host, 3)
  two.establish()
  const record = makeRecord(1)
  const prefixes = [record.id.slice(0, 16)]
  const effects = one.say(live(record))
  expect(said(effects, two.peer, 'Announce')).toEqual([{ type: 'Announce', prefixes }])
  expect(said(effects, one.peer, 'Announce')).toEqual([])
  const given = { type: 'Send', peer: two.peer, message: live(record) }
  expect(two.say({ type: 'Pull', prefixes })).toEqual([given])
})

test('what the user purged is given to nobody', () => {
  const [host, stranger] = meet()
  const record = makeRecord(1)
  host.feed({ type: 'Imported', records: [record] }, { type: 'Purged', ids: [record.id] })
  const prefixes = [record.id.slice(0, 16)]
  const message = { type: 'Lacking', round: 0, shortIds: prefixes }
  expect(stranger.say({ type: 'Pull', prefixes })).toEqual([{ type: 'Send', peer: stranger.peer, message }])
})

test('an announced record is pulled', () => {
  const [, stranger] = meet()
  const question = { type: 'Send', peer: stranger.peer, message: { type: 'Pull', prefixes: [PREFIX] } }
  expect(stranger.say({ type: 'Announce', prefixes: [PREFIX] })).toEqual([question])
})

test('malformed records are struck once a message and spoil no other', () => {
  const [host, stranger] = meet()
  const blobs = [utf8ToBytes('no record'), makeRecord(1).wire, utf8ToBytes('neither')]
  const effects = stranger.say({ type: 'Records', round: 0, blobs })
  expect(told(effects, 'StrikeCounted')).toHaveLength(1)
  expect(host.node.count).toBe(1)
  stranger.settle()
  expect(host.node.isQuiet).toBe(true)
})

test('forged signatures lead to a ban', () => {
  const [host, stranger] = meet()
  const effects = stranger.say(live(...[0, 1, 2].map(number => forged(makeRecord(number)))))
  const reason = "a signature is not its author's, 3 times"
  expect(only(told(effects, 'StrikeCounted'))).toMatchObject({ state: 'banned', reason })
  expect(farewells(effects, stranger.peer)).toEqual(['BANNED'])
  expect(host.node.count).toBe(0)
})

test('what a peer sent before it left is kept and owed to nobody', () => {
  const [host, stranger] = meet()
  host.unanswered.add('Verify')
  const { batch } = asked(stranger.say(live(makeRecord(1))), 'Verify')
  stranger.vanish()
  host.feed({ type: 'Verified', batch, areValid: [true] })
  expect(host.node.count).toBe(1)
})

test('records of an old channel are not counted for the new one', () => {
  const [host, stranger] = meet()
  host.unanswered.add('Verify')
  for (let number = 0; number <= BATCHES_AT_ONCE_MAX; number += 1) stranger.say(live(makeRecord(number)))
  stranger.establish()
  host.unanswered.clear()
  for (let batch = 1; batch <= BATCHES_AT_ONCE_MAX; batch += 1) {
    host.feed({ type: 'Verified', batch, areValid: [true] })
  }
  stranger.settle()
  expect(host.node.count).toBe(BATCHES_AT_ONCE_MAX + 1)
  expect(host.node.isQuiet).toBe(true)
  expect(host.node.peers.map(status => status.gained)).toEqual([0])
})

function reading(record: Record): { host: Host; stranger: Stranger; round: number } {
  const host = new Host([record])
  host.unanswered.add('Load')
  // Who opens the rounds depends on the nonces, so strangers come until one does.
  const strangers = Array.from({ length: 18 }, (_, number) => new Stranger(host, 2 + number))
  const stranger = strangers.find(each => each.establish().length > 0 && each.isInitiator)
  if (stranger === undefined) throw new RangeError('no stranger opens rounds')
  const firstDay = Math.floor(host.now.unix / DAY_SECONDS)
  const upto = ((firstDay + 1) * DAY_SECONDS) as UnixTime
  stranger.say({ type: 'Root', round: 1, firstDay, upto, count: 0, digest: '64'.repeat(16) })
  const nothing = { type: 'IdList', upper: [upto, ''], shortIds: [] } as const
  const { round } = asked(stranger.say({ type: 'Ranges', round: 1, items: [nothing], more: false }), 'Load')
  return { host, stranger, round }
}

test('what was read for a peer that was sent away is not sent', () => {
  const record = makeRecord(1, { at: START - HOUR_SECONDS })
  const { host, stranger, round } = reading(record)
  stranger.utter(GARBAGE)
  expect(host.feed({ type: 'Loaded', peer: stranger.peer, round, blobs: [record.wire] })).toEqual([])
})

test('what is purged while it is read for a peer is not sent', () => {
  const record = makeRecord(1, { at: START - HOUR_SECONDS })
  const { host, stranger, round } = reading(record)
  host.feed({ type: 'Purged', ids: [record.id] })
  const effects = host.feed({ type: 'Loaded', peer: stranger.peer, round, blobs: [record.wire] })
  expect(said(effects, stranger.peer, 'Records')).toEqual([])
  expect(said(effects, stranger.peer, 'Lacking')).toHaveLength(1)
})

// Two whole nodes.

function events<Kind extends Event['type']>(member: Member, kind: Kind): (Event & { type: Kind })[] {
  return member.events.filter((event): event is Event & { type: Kind } => event.type === kind)
}

function stray(at: number): Record {
  return signRecord(key(1), { ...STRAY, createdAt: at as UnixTime })
}

test.each([
  [
    [0, 1, 2],
    [3, 4],
  ],
  [[0, 1, 2], []],
  [[], [0]],
])('two nodes end with the records of both', (first, second) => {
  const net = new Net()
  const recordOf = (number: number) => makeRecord(number, { at: START - number * DAY_SECONDS })
  const [one, two] = [net.add(1, first.map(recordOf)), net.add(2, second.map(recordOf))]
  net.connect(one, two)
  net.passTime(1)
  expect([...one.disk.keys()].sort()).toEqual([...diskOf([...first, ...second].map(recordOf)).keys()].sort())
  expect([...two.disk.keys()].sort()).toEqual([...one.disk.keys()].sort())
  expect(one.node.root(net.now)).toBe(two.node.root(net.now))
  expect([one, two].map(({ node }) => node.isQuiet)).toEqual([true, true])
})

test('a record of another room is refused and the rest arrives', () => {
  const net = new Net()
  const good = makeRecord(1)
  const [one, two] = [net.add(1, [stray(START), good]), net.add(2)]
  net.connect(one, two)
  expect([...two.disk.keys()]).toEqual([good.id])
  expect(events(two, 'RecordRejected').map(event => event.source)).toEqual(['room'])
  expect(events(two, 'StrikeCounted')).toHaveLength(1)
})

test.each([0, 1])('sets that cannot become equal back off and never count as synced: %i more', extra => {
  const net = new Net()
  const members = [net.add(1, [stray(START - HOUR_SECONDS)]), net.add(2, extra === 0 ? [] : [makeRecord()])]
  const [one, two] = members as [Member, Member]
  const areSynced = () => members.flatMap(({ node }) => node.peers.map(status => status.isSynced))
  net.connect(one, two)
  net.passTime(1)
  expect(areSynced()).toEqual([false, false])
  net.passTime(300)
  const roots = members.flatMap(({ sent }) => sent.filter(({ message }) => message.type === 'Root'))
  expect(roots.length).toBeGreaterThanOrEqual(4)
  expect(roots.length).toBeLessThanOrEqual(8)
  expect(areSynced()).toEqual([false, false])
})

test('an expired record is not even offered', () => {
  const net = new Net()
  const old = makeRecord(1, { at: START - RETENTION_SECONDS + RETENTION_MARGIN_SECONDS - DAY_SECONDS })
  const [one, two] = [net.add(1, [old]), net.add(2)]
  net.connect(one, two)
  net.passTime(2 * ROUND_TIMEOUT_SECONDS)
  expect(two.disk.size).toBe(0)
  expect(events(two, 'PeerSynced')).toContainEqual({ type: 'PeerSynced', peer: one.name, gained: 0, given: 0 })
})

test('a record from the future waits with the other and joins when due', () => {
  const net = new Net()
  const early = makeRecord(1, { at: START + HOUR_SECONDS })
  const [one, two] = [net.add(1, [early]), net.add(2)]
  net.connect(one, two)
  expect(two.disk.size).toBe(0)
  expect(events(two, 'RecordPostponed')).toHaveLength(1)
  expect(events(two, 'StrikeCounted')).toEqual([])
  net.passTime(HOUR_SECONDS)
  expect([...two.disk.keys()]).toEqual([early.id])
  expect(one.node.root(net.now)).toBe(two.node.root(net.now))
})

test('a deletion reaches the other and its target does not come back', () => {
  const net = new Net()
  const record = makeRecord(1, { at: START - HOUR_SECONDS })
  const [one, two] = [net.add(1, [record]), net.add(2, [record])]
  net.connect(one, two)
  const deletion = deletionOf([record])
  net.publish(one, deletion)
  net.passTime(1)
  for (const { disk } of [one, two]) expect([...disk.keys()]).toEqual([deletion.id])
  expect(events(two, 'RecordDeleted')).toEqual([{ type: 'RecordDeleted', id: record.id, by: deletion.id }])
  const late = net.add(3, [record])
  net.connect(late, two)
  net.passTime(2 * ROUND_TIMEOUT_SECONDS)
  for (const { disk } of [two, late]) expect([...disk.keys()]).toEqual([deletion.id])
})

test('a deletion from the future deletes nothing before it is due', () => {
  const [host, record] = [new Host(), makeRecord(1)]
  host.feed({ type: 'Imported', records: [deletionOf([record], { at: START + HOUR_SECONDS })] })
  host.feed({ type: 'Imported', records: [record] })
  expect([...host.disk.keys()]).toEqual([record.id])
  expect(told(host.wait(HOUR_SECONDS), 'RecordDeleted')).toHaveLength(1)
  expect(host.disk.has(record.id)).toBe(false)
})

test('a deletion on disk counts after a restart', () => {
  const record = makeRecord(1)
  const effects = new Host([deletionOf([record])]).feed({ type: 'Imported', records: [record] })
  expect(told(effects, 'RecordRejected').map(rejected => rejected.source)).toEqual(['deleted'])
})

test('collected records leave the set and so do deletions', () => {
  const at = START - RETENTION_SECONDS - RETENTION_MARGIN_SECONDS + 5
  const host = new Host([makeRecord(1, { at }), deletionOf([makeRecord(2, { at })], { at })])
  expect(host.node.count).toBe(2)
  const effects = host.wait(COLLECTION_INTERVAL_SECONDS + COLLECTION_JITTER_SECONDS)
  expect(told(effects, 'RecordsExpired').map(expired => expired.count)).toEqual([2])
  expect(host.node.count).toBe(0)
})

test.each([0, 3])('the root covers the youngest records too: %i of them', count => {
  const records = Array.from({ length: count }, (_, number) => makeRecord(number, { at: START + number }))
  const [host, again, empty] = [new Host(), new Host(records), new Host()]
  host.feed({ type: 'Published', records })
  expect(host.node.root(host.now)).toBe(again.node.root(again.now))
  expect(host.node.root(host.now) === empty.node.root(empty.now)).toBe(count === 0)
})

test('nothing that can wait is said on a clogged channel until it has drained', () => {
  const [host, stranger] = meet()
  stranger.settle()
  const { peer } = stranger
  const record = makeRecord(1)
  host.feed({ type: 'Clogged', peer })
  const effects = [...host.feed({ type: 'Published', records: [record] }), ...host.wait(1)]
  expect(said(effects, peer, 'Records')).toEqual([])
  expect(said(host.feed({ type: 'Drained', peer }), peer, 'Records')).toEqual([live(record)])
})

test('what is told of a channel that is unproven or unknown changes nothing', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  const { peer } = stranger
  expect([...host.feed({ type: 'Clogged', peer }), ...host.feed({ type: 'Drained', peer })]).toEqual([])
  stranger.open()
  expect([...host.feed({ type: 'Clogged', peer }), ...host.feed({ type: 'Drained', peer })]).toEqual([])
})

test.each([2, 3])('a channel that was clogged before its session is established is clogged after it: %i', number => {
  const host = new Host([makeRecord(1, { at: (START - 7_200) as UnixTime })])
  const stranger = new Stranger(host, number)
  const { peer } = stranger
  const effects = stranger.establish({ type: 'Clogged', peer })
  effects.push(...host.feed({ type: 'Published', records: [makeRecord(2)] }), ...host.wait(2))
  expect(said(effects, peer, 'Root')).toEqual([])
  expect(said(effects, peer, 'Records')).toEqual([])
  expect(said(host.feed({ type: 'Drained', peer }), peer, 'Records')).toEqual([live(makeRecord(2))])
  expect(said(host.wait(2), peer, 'Root')).not.toEqual([])
})

test('a channel that drained before its session is established is free', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  const { peer } = stranger
  stranger.establish({ type: 'Clogged', peer }, { type: 'Drained', peer })
  const effects = host.feed({ type: 'Published', records: [makeRecord(1)] })
  expect(said(effects, peer, 'Records')).toEqual([live(makeRecord(1))])
})

test('a round waits for its channel and then comes to its end', () => {
  const net = new Net()
  const old = START - 7_200
  const many = (count: number, from: number, author: number) =>
    Array.from({ length: count }, (_, n) => makeRecord(from + n, { at: (old - n) as UnixTime, author }))
  const one = net.add(1, many(200, 0, 1))
  const two = net.add(2, many(200, 0, 2))
  net.connect(one, two)
  net.publish(one, ...many(100, 1_000, 1))
  for (const [member, other] of [
    [one, two],
    [two, one],
  ] as const)
    net.feed(member, { type: 'Clogged', peer: other.name })
  net.run()
  const before = [one.sent.length, two.sent.length]
  net.passTime(2)
  const since = [...one.sent.slice(before[0]), ...two.sent.slice(before[1])]
  expect(since.filter(({ message: { type } }) => ['Ranges', 'Records', 'Fin'].includes(type))).toEqual([])
  for (const [member, other] of [
    [one, two],
    [two, one],
  ] as const)
    net.feed(member, { type: 'Drained', peer: other.name })
  net.run()
  net.passTime(2 * ROUND_TIMEOUT_SECONDS)
  expect([one.node.count, two.node.count]).toEqual([500, 500])
  expect([...one.events, ...two.events].filter(({ type }) => type === 'StrikeCounted')).toEqual([])
})
