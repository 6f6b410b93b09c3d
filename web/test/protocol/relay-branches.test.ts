import { expect, test } from 'vitest'
import {
  ANNOUNCE_LATER_SECONDS,
  ANNOUNCE_NEIGHBOURS,
  OWED_RECORDS_FIRST,
  PUSH_NEIGHBOURS,
  PUSH_PATIENCE_SECONDS,
  SHORTCUT_SECONDS,
  WAYS_REMEMBERED_MAX,
} from '../../src/core/limits.ts'
import type { Record } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import type { LiveRelay } from '../../src/protocol/relay.ts'
import { at, makeRecord, Net } from './pair.ts'
import { relayOf } from './relays.ts'

const PEERS = Array.from({ length: 8 }, (_, number) => `00000${number}` as PeerId)
const [ONE, TWO, THREE, FOUR] = PEERS as [PeerId, PeerId, PeerId, PeerId, ...PeerId[]]
const PREFIX = '61'.repeat(8)

function makeRelay(neighbours = 8): LiveRelay {
  const relay = relayOf('relay')
  for (const peer of PEERS.slice(0, neighbours)) relay.join(peer)
  return relay
}

function passOn(relay: LiveRelay, record: Record, source: PeerId | null, seconds = 0): Request[] {
  return relay.passOn([[record, source]], at(seconds))
}

/** Let *peer* push *record*, and intake take it. */
function push(relay: LiveRelay, peer: PeerId, record: Record, seconds = 0): Request[] {
  return [...relay.arrived(peer, { round: 0 }, [record], at(seconds)), ...passOn(relay, record, peer, seconds)]
}

/** Let so many records come from *peer*. */
function hear(relay: LiveRelay, peer: PeerId, count: number): void {
  for (let number = 0; number < count; number += 1) relay.arrived(peer, { round: 0 }, [makeRecord(100 + number)], at(0))
}

/** Give who is told of a record by its id alone. */
function toldTo(effects: readonly Request[]): PeerId[] {
  return effects.flatMap(effect => (effect.type === 'Send' && effect.message.type === 'Announce' ? effect.peer : []))
}

function pushedTo(effects: readonly Request[]): PeerId[] {
  return effects.flatMap(effect => (effect.type === 'Send' && effect.message.type === 'Records' ? effect.peer : []))
}

function announced(relay: LiveRelay, peer: PeerId, prefix: string, seconds = 0): Request[] {
  return relay.announced(peer, { type: 'Announce', prefixes: [prefix] }, at(seconds))
}

function pull(peer: PeerId, prefix = PREFIX): Request {
  return { type: 'Send', peer, message: { type: 'Pull', prefixes: [prefix] } }
}

/** Let a record be announced, and wait in vain for the branch. */
function expectInVain(relay: LiveRelay, seconds: number): void {
  const prefix = `${seconds}`.padStart(16, '0')
  expect(announced(relay, TWO, prefix, seconds)).toEqual([])
  expect(relay.tick(at(seconds + PUSH_PATIENCE_SECONDS))).toEqual([pull(TWO, prefix)])
}

function prefixOf(record: Record): string {
  return record.id.slice(0, 16)
}

test('ours is pushed along branches and to a few others only when there is none', () => {
  const relay = makeRelay()
  const first = pushedTo(passOn(relay, makeRecord(1), null))
  expect(first).toHaveLength(PUSH_NEIGHBOURS)
  expect(pushedTo(passOn(relay, makeRecord(2), null, 1))).toEqual(first)
  for (const peer of first.slice(1)) relay.leave(peer)
  expect(pushedTo(passOn(relay, makeRecord(3), null, 2))).toEqual(first.slice(0, 1))
})

test('who pushes what is new and who asks for what is here are branches', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  push(relay, ONE, record)
  relay.pulled(TWO, { type: 'Pull', prefixes: [prefixOf(record)] })
  expect(pushedTo(passOn(relay, makeRecord(2), THREE, 1))).toEqual([ONE, TWO])
})

test('whom we ask for a record is a branch', () => {
  const relay = makeRelay()
  announced(relay, FOUR, PREFIX)
  expect(pushedTo(passOn(relay, makeRecord(1), THREE))).toEqual([FOUR])
})

test('what is pushed in vain ends the branch at both ends', () => {
  const [ours, theirs, record] = [makeRelay(1), makeRelay(2), makeRecord(1)]
  expect(pushedTo(passOn(ours, record, null))).toEqual([ONE])
  push(theirs, TWO, record)
  expect(theirs.arrived(ONE, { round: 0 }, [record], at(1))).toEqual([
    { type: 'Send', peer: ONE, message: { type: 'Announce', prefixes: [prefixOf(record)] } },
  ])
  expect(pushedTo(passOn(theirs, makeRecord(2), TWO, 2))).toEqual([])
  announced(ours, ONE, prefixOf(record))
  expect(pushedTo(passOn(ours, makeRecord(3), THREE, 3))).toEqual([])
})

test('two that push to each other at once both see that it was in vain', () => {
  const [relay, record] = [makeRelay(2), makeRecord(1)]
  announced(relay, TWO, PREFIX)
  expect(pushedTo(push(relay, ONE, record))).toEqual([TWO])
  expect(relay.arrived(TWO, { round: 0 }, [record], at(1))).toEqual([])
  expect(pushedTo(passOn(relay, makeRecord(2), ONE, 2))).toEqual([])
})

test('what comes in a round makes no branch and is not asked for while it goes through intake', () => {
  const [relay, record] = [makeRelay(2), makeRecord(1)]
  expect(relay.arrived(ONE, { round: 3 }, [record], at(0))).toEqual([])
  expect(announced(relay, TWO, prefixOf(record))).toEqual([])
  expect(pushedTo(passOn(relay, makeRecord(2), TWO, 1))).toEqual([])
})

test('what may come along a branch is waited for a moment', () => {
  const relay = makeRelay(3)
  push(relay, ONE, makeRecord(1))
  for (const peer of [TWO, THREE]) expect(announced(relay, peer, PREFIX)).toEqual([])
  expect(relay.deadline).toBe(at(PUSH_PATIENCE_SECONDS).monotonic)
  expect(relay.tick(at(PUSH_PATIENCE_SECONDS))).toEqual([pull(TWO)])
  expect(relay.tick(at(5))).toEqual([pull(THREE)])
})

test('a branch whose credit went to what was refused is not waited for', () => {
  const relay = makeRelay(2)
  push(relay, ONE, makeRecord(1))
  relay.dealt(ONE, 4_096, 4_096, at(0))
  expect(announced(relay, TWO, PREFIX)).toEqual([pull(TWO)])
})

test('a branch that was waited for in vain is not waited for again', () => {
  const relay = makeRelay(2)
  push(relay, ONE, makeRecord(1))
  expectInVain(relay, 0)
  // That it pushes what it wrote itself, to everyone at once, is no reason.
  for (let number = 2; number < 40; number += 1) push(relay, ONE, makeRecord(number))
  expect(announced(relay, TWO, PREFIX, 1)).toEqual([pull(TWO)])
})

test('who brings what others announce is waited for again, each time after twice as many', () => {
  const relay = makeRelay(2)
  push(relay, ONE, makeRecord(1))
  let number = 1
  for (const [time, times] of [1, 2, 4].entries()) {
    expectInVain(relay, time)
    for (let owed = times * OWED_RECORDS_FIRST; owed > 0; owed -= 1) {
      number += 1
      const record = makeRecord(number)
      const prefix = prefixOf(record)
      expect(announced(relay, TWO, prefix, time + 0.6)).toContainEqual(pull(TWO, prefix))
      push(relay, ONE, record, time + 0.6)
    }
  }
})

test('who tells of what it might have pushed is not waited for', () => {
  const relay = makeRelay(3)
  for (const [number, peer] of [ONE, TWO].entries()) push(relay, peer, makeRecord(number))
  expect(announced(relay, THREE, PREFIX)).toEqual([])
  expect(announced(relay, TWO, PREFIX)).toEqual([])
  expect(announced(relay, ONE, PREFIX)).toEqual([pull(THREE)])
})

test('after a few records each goes once to each whoever wrote it', () => {
  const net = new Net()
  const members = Array.from({ length: 8 }, (_, number) => net.add(number + 1))
  for (const [at, one] of members.entries()) for (const two of members.slice(at + 1)) net.connect(one, two)
  const publish = (first: number, times: number) => {
    for (let number = 0; number < times; number += 1) {
      const author = members[number % 8]
      if (author !== undefined) net.publish(author, makeRecord(first + number))
      net.passTime(2)
    }
  }
  publish(100, 24)
  for (const member of members) member.sent.length = 0
  publish(200, 8)
  const messages = members.flatMap(({ sent }) => sent.map(({ message }) => message))
  const copies = messages.reduce((sum, each) => sum + (each.type === 'Records' ? each.blobs.length : 0), 0)
  expect(copies).toBe(8 * 7)
})

test('the first records of others are announced to all at once, so that short ways are found', () => {
  const relay = makeRelay()
  expect(toldTo(passOn(relay, makeRecord(1), ONE))).toEqual(PEERS.slice(1))
  hear(relay, ONE, WAYS_REMEMBERED_MAX - 1)
  expect(toldTo(passOn(relay, makeRecord(2), ONE, 1))).toEqual(PEERS.slice(1))
  hear(relay, ONE, WAYS_REMEMBERED_MAX)
  expect(toldTo(passOn(relay, makeRecord(3), ONE, 2))).toHaveLength(ANNOUNCE_NEIGHBOURS)
})

test('a record of others is announced to a few at once and to all later but to its sender', () => {
  const [relay, record] = [makeRelay(), makeRecord(1)]
  hear(relay, ONE, WAYS_REMEMBERED_MAX)
  const soon = toldTo(passOn(relay, record, ONE))
  expect(soon).toHaveLength(ANNOUNCE_NEIGHBOURS)
  expect(relay.isIdle).toBe(true)
  expect(relay.deadline).toBe(at(ANNOUNCE_LATER_SECONDS).monotonic)
  const later = relay.tick(at(ANNOUNCE_LATER_SECONDS))
  expect([...soon, ...toldTo(later)].sort()).toEqual(PEERS.slice(1))
  const announcement = { type: 'Announce', prefixes: [prefixOf(record)] }
  expect(later).toEqual(toldTo(later).map(peer => ({ type: 'Send', peer, message: announcement })))
  expect(relay.deadline).toBe(null)
})

test('what waits for company goes with the next announcement', () => {
  const relay = makeRelay()
  hear(relay, TWO, WAYS_REMEMBERED_MAX)
  const records = Array.from({ length: 40 }, (_, number) => makeRecord(number))
  const prefixes: string[] = []
  let messages = 0
  for (const [number, record] of records.entries()) {
    for (const effect of passOn(relay, record, TWO, number / 10)) {
      if (effect.type !== 'Send' || effect.peer !== ONE || effect.message.type !== 'Announce') continue
      messages += 1
      prefixes.push(...effect.message.prefixes)
    }
  }
  expect(messages).toBeLessThan(records.length / 2)
  expect(prefixes).toEqual(records.slice(0, prefixes.length).map(prefixOf))
  relay.leave(ONE)
  expect(relay.tick(at(100)).some(effect => effect.type === 'Send' && effect.peer === ONE)).toBe(false)
})

const TAKES_A_WAY: Request = { type: 'Send', peer: TWO, message: { type: 'Pull', prefixes: [] } }

/** Let the second neighbour tell of a record that the first pushes after *seconds*. */
function pushAfterTelling(relay: LiveRelay, number: number, seconds = 0): Request[] {
  const record = makeRecord(number)
  announced(relay, TWO, prefixOf(record), 1)
  return push(relay, ONE, record, 1 + seconds)
}

test('who told of a record long before it was pushed becomes the branch instead', () => {
  const relay = makeRelay(3)
  push(relay, ONE, makeRecord(1))
  const [taken, told] = pushAfterTelling(relay, 2, SHORTCUT_SECONDS)
  expect(taken).toEqual(TAKES_A_WAY)
  const prefixes = [prefixOf(makeRecord(2))]
  expect(told).toEqual({ type: 'Send', peer: ONE, message: { type: 'Announce', prefixes } })
  expect(pushedTo(passOn(relay, makeRecord(3), THREE, 2))).toEqual([TWO])
})

test('who told of a record a moment before it was pushed does not', () => {
  const relay = makeRelay(3)
  push(relay, ONE, makeRecord(1))
  expect(pushAfterTelling(relay, 2, SHORTCUT_SECONDS / 2)).not.toContainEqual(TAKES_A_WAY)
  expect(pushedTo(passOn(relay, makeRecord(3), THREE, 2))).toEqual([ONE])
})

test('who owes records takes nobody’s place by telling early', () => {
  const relay = makeRelay(3)
  push(relay, TWO, makeRecord(1))
  announced(relay, THREE, PREFIX)
  relay.tick(at(PUSH_PATIENCE_SECONDS))
  push(relay, ONE, makeRecord(2))
  expect(pushAfterTelling(relay, 3, SHORTCUT_SECONDS)).not.toContainEqual(TAKES_A_WAY)
})

test('who pulls nothing is a branch', () => {
  const relay = makeRelay()
  expect(relay.pulled(TWO, { type: 'Pull', prefixes: [] })).toEqual([])
  expect(pushedTo(passOn(relay, makeRecord(2), THREE))).toEqual([TWO])
})

test('when the branch leaves by which most came another takes its place at once', () => {
  const relay = makeRelay(4)
  push(relay, ONE, makeRecord(1))
  expect(pushedTo(pushAfterTelling(relay, 2))).toEqual([])
  expect(relay.leave(FOUR)).toEqual([])
  expect(relay.leave(ONE)).toEqual([TAKES_A_WAY])
  expect(pushedTo(passOn(relay, makeRecord(3), THREE, 2))).toEqual([TWO])
})

test('when a branch leaves by which little came nothing changes', () => {
  const relay = makeRelay(4)
  push(relay, ONE, makeRecord(1))
  pushAfterTelling(relay, 2)
  push(relay, THREE, makeRecord(3))
  expect(relay.leave(THREE)).toEqual([])
})
