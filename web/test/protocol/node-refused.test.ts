/** Refused records through whole nodes: honest peers with other rules stay, who brings them on purpose is banned. */

import { expect, test } from 'vitest'
import { INTAKE_SHARE_RECORDS_FIRST, STRIKES_BANNED } from '../../src/core/limits.ts'
import type { Record } from '../../src/core/record.ts'
import { makeRules, rulesId } from '../../src/core/rules.ts'
import { FAILED, type Verdict } from '../../src/core/verdict.ts'
import type { Effect } from '../../src/protocol/effects.ts'
import { WEIGHTS } from '../../src/protocol/strikes.ts'
import { type Judge, makeRecord, Net, START } from './pair.ts'
import { farewells, Host, only, Stranger, said, told } from './stranger.ts'

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

function statesIn(effects: readonly Effect[]): Set<string> {
  return new Set(told(effects, 'StrikeCounted').map(strike => strike.state))
}

test('a record that a policy refuses is no member', () => {
  const stranger = besiege(refuse)
  const effects = push(stranger, 0, 1)
  expect(told(effects, 'RecordRejected').map(rejected => rejected.source)).toEqual(['words'])
  expect(stranger.host.node.count).toBe(0)
})

test('who breaks the rules it names is banned within one batch', () => {
  const stranger = besiege(refuse, { rulesId: OUR_RULES })
  const effects = push(stranger, 0, 200)
  const reason = 'a record that its own rules refuse, 64 times'
  expect(only(told(effects, 'StrikeCounted'))).toMatchObject({ state: 'banned', reason })
  expect(farewells(effects, stranger.peer)).toEqual(['BANNED'])
  expect(judged(effects)).toBe(64)
})

test('who pushes what other rules refuse is warned and then banned', () => {
  const effects = push(besiege(refuse), 0, 600)
  const strikes = told(effects, 'StrikeCounted')
  expect([strikes.at(0)?.state, strikes.at(-1)?.state]).toEqual(['warned', 'banned'])
  expect(strikes.at(0)?.reason).toMatch(/^a record pushed that our rules refuse/)
  expect(judged(effects)).toBeLessThanOrEqual(STRIKES_BANNED / WEIGHTS.unwelcome + INTAKE_SHARE_RECORDS_FIRST)
})

test('a few records that other rules refuse cost nothing that is seen', () => {
  const stranger = besiege(refuse)
  expect(statesIn(push(stranger, 0, 40))).toEqual(new Set(['clear']))
  expect(stranger.host.node.savedStrikes(stranger.host.now)).toEqual([])
})

test('the same refused record pushed again and again leads to a ban', () => {
  const stranger = besiege(refuse)
  const effects = Array.from({ length: 101 }, () => push(stranger, 0, 1)).flat()
  expect(judged(effects)).toBe(1)
  expect(told(effects, 'StrikeCounted').at(-1)).toMatchObject({ state: 'banned', reason: 'a record refused before' })
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
  expect(only(told(effects, 'StrikeCounted')).reason).toBe('a record refused before, 30 times')
})

test('what a banned peer has waiting is dropped unless another sent it too', () => {
  const refuseSome = (record: Record) => (record.content < 'record 2' ? refuse() : ({ type: 'Accept' } as const))
  const stranger = besiege(refuseSome)
  const { host } = stranger
  const other = new Stranger(host, 3)
  other.establish()
  other.settle()
  host.unanswered.add('Verify')
  const verifying = verifyingIn(push(stranger, 200, 400))
  push(other, 399, 400)
  push(other, 201, 202)
  host.feed({ type: 'KeyBanned', key: stranger.key.publicKey, seconds: 60 })
  host.unanswered.clear()
  for (const { batch, records } of verifying) {
    host.feed({ type: 'Verified', batch, areValid: records.map(() => true) })
  }
  expect([...host.disk.keys()].sort()).toEqual([201, 399].map(number => makeRecord(number).id).sort())
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
