/** Refused records through whole nodes: who brings them is slowed down, and who ignores that is banned. */

import { expect, test } from 'vitest'
import { REFUSED_CREDIT_SECONDS } from '../../src/core/limits.ts'
import type { Record } from '../../src/core/record.ts'
import { makeRules, rulesId } from '../../src/core/rules.ts'
import { FAILED, type Verdict } from '../../src/core/verdict.ts'
import { Counters } from '../../src/elements/dashboard/counters.ts'
import { Notes } from '../../src/elements/room/notes.ts'
import type { Effect } from '../../src/protocol/effects.ts'
import { QUARTER } from '../../src/protocol/inlet.ts'
import { type Judge, makeRecord, Net, START } from './pair.ts'
import { farewells, Host, OTHER_RULES, only, Stranger, said, told } from './stranger.ts'

const OUR_RULES = rulesId(makeRules())

function refuse(): Verdict {
  return { type: 'Reject', policy: 'words', reason: 'a bad word', rule: '', span: null }
}

function breakDown(): Verdict {
  return { type: 'Reject', policy: 'words', reason: 'the policy words does not work here', rule: FAILED, span: null }
}

/** Give an established stranger, in step with a host that judges by *judge*. */
function besiege(judge: Judge, traits: { rulesId?: string } = {}): Stranger {
  const stranger = new Stranger(new Host([], { judge }), 2, traits)
  stranger.establish()
  stranger.settle()
  return stranger
}

const RECORDS = Array.from({ length: 600 }, (_, number) => makeRecord(number))

/** Push the records from number *first* up to *end*, 64 a message. */
function push(stranger: Stranger, first: number, end: number): Effect[] {
  const blobs = RECORDS.slice(first, end).map(record => record.wire)
  const effects: Effect[] = []
  for (let at = 0; at < blobs.length; at += 64) {
    effects.push(...stranger.say({ type: 'Records', round: 0, blobs: blobs.slice(at, at + 64) }))
  }
  return effects
}

function judged(effects: readonly Effect[]): number {
  return effects.reduce((sum, effect) => (effect.type === 'Judge' ? sum + effect.records.length : sum), 0)
}

function verifyingIn(effects: readonly Effect[]): (Effect & { type: 'Verify' })[] {
  return effects.filter(effect => effect.type === 'Verify')
}

test('a record that a policy refuses is no member', () => {
  const stranger = besiege(refuse)
  const effects = push(stranger, 0, 1)
  expect(told(effects, 'RecordRejected').map(rejected => rejected.source)).toEqual(['words'])
  expect(stranger.host.node.count).toBe(0)
})

test('two refusals count as two, however many peers bring the records, in each place that shows them', () => {
  const net = new Net()
  const strict = net.add(1, [], { judge: refuse })
  const two = [1, 2].map(number => makeRecord(number, { at: START - 7_200 }))
  const others = [2, 3, 4].map(number => net.add(number, two))
  for (const other of others) net.connect(strict, other)
  net.passTime(600)
  const fresh = makeRecord(7, { at: net.now.unix })
  for (const other of others) net.publish(other, fresh)
  net.passTime(600)
  const [counters, notes] = [new Counters(), new Notes()]
  for (const event of strict.events) {
    counters.take(event)
    notes.take(event)
  }
  expect([...counters.refused]).toEqual([['words', 3]])
  expect(notes.all.map(({ text }) => text)).toEqual(['3 records refused. The last one, by “words”: a bad word'])
  expect(strict.node.peers.map(({ hasOtherRules }) => hasOtherRules)).toEqual([true, true, true])
})

test.each([
  ['other', OTHER_RULES],
  ['our', OUR_RULES],
])('who pushes what is refused under %s rules is blamed for nothing and slowed down', (_whose, rules) => {
  const stranger = besiege(refuse, { rulesId: rules })
  const effects = push(stranger, 0, 64)
  for (const quarter of [1, 2, 3]) {
    const told = said(stranger.host.wait(REFUSED_CREDIT_SECONDS), stranger.peer, 'Credit')
    expect(told).toEqual([{ type: 'Credit', round: 0, totalBytes: quarter * QUARTER }])
  }
  effects.push(...push(stranger, 64, 64 + 48))
  expect([judged(effects), told(effects, 'StrikeCounted')]).toEqual([64 + 48, []])
  expect(stranger.host.node.savedStrikes(stranger.host.now)).toEqual([])
})

test('who pushes more than was granted is banned and nobody looks at it', () => {
  const stranger = besiege(refuse)
  push(stranger, 0, 64)
  const effects = [1, 2].flatMap(() => push(stranger, 0, 600))
  expect(judged(effects)).toBe(0)
  expect(told(effects, 'StrikeCounted').at(0)?.reason).toBe('more than was granted')
  expect(farewells(effects, stranger.peer)).toEqual(['BANNED'])
})

test('the same refused record pushed again and again is judged once and slows its sender down', () => {
  const stranger = besiege(refuse)
  const effects = Array.from({ length: 64 }, () => push(stranger, 0, 1)).flat()
  expect(judged(effects)).toBe(1)
  expect([told(effects, 'StrikeCounted'), said(effects, stranger.peer, 'Credit')]).toEqual([[], []])
  expect(only(told(push(stranger, 0, 1), 'StrikeCounted')).reason).toBe('more than was granted')
})

test('an announced record that was refused is not asked for again', () => {
  const stranger = besiege(refuse)
  const message = { type: 'Announce', prefixes: [makeRecord(1).id.slice(0, 16)] } as const
  expect(said(stranger.say(message), stranger.peer, 'Pull')).toHaveLength(1)
  expect(told(push(stranger, 1, 2), 'StrikeCounted')).toEqual([])
  expect(said(stranger.say(message), stranger.peer, 'Pull')).toEqual([])
})

test("a policy that breaks down is nobody else's fault", () => {
  const stranger = besiege(breakDown, { rulesId: OUR_RULES })
  const effects = [...push(stranger, 0, 30), ...push(stranger, 0, 30)]
  expect(told(effects, 'RecordRejected')).not.toEqual([])
  expect(told(effects, 'StrikeCounted')).toEqual([])
})

test('what a banned peer has waiting is dropped unless another sent it too', () => {
  const refuseSome = (record: Record) => (record.content < 'record 2' ? refuse() : ({ type: 'Accept' } as const))
  const stranger = besiege(refuseSome)
  const { host } = stranger
  const other = new Stranger(host, 3)
  other.establish()
  other.settle()
  host.unanswered.add('Verify')
  const verifying = verifyingIn(push(stranger, 200, 264))
  push(other, 263, 264)
  push(other, 201, 202)
  host.feed({ type: 'KeyBanned', key: stranger.key.publicKey, seconds: 60 })
  host.unanswered.clear()
  for (const { batch, records } of verifying) {
    host.feed({ type: 'Verified', batch, areValid: records.map(() => true) })
  }
  expect([...host.disk.keys()].sort()).toEqual([201, 263].map(number => makeRecord(number).id).sort())
  push(other, 200, 201)
  expect(host.disk.has(makeRecord(200).id)).toBe(true)
})

test('peers with other rules stay friends however much one keeps that the other refuses', () => {
  const net = new Net()
  const spam = Array.from({ length: 200 }, (_, number) => makeRecord(number, { at: START - number * 30 }))
  const [lenient, strict] = [net.add(1, spam), net.add(2, [], { judge: refuse })]
  net.connect(lenient, strict)
  for (let number = 0; number < 10; number += 1) {
    net.publish(lenient, makeRecord(5_000 + number, { at: net.now.unix }))
    net.passTime(120)
  }
  expect(strict.events.filter(event => event.type === 'StrikeCounted' && event.state === 'banned')).toEqual([])
  expect(strict.node.peers.map(status => status.state)).toEqual(['established'])
  expect(strict.disk.size).toBe(0)
})
