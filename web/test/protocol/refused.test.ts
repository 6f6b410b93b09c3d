/** What was refused before, and what it costs to bring it. */

import { expect, test } from 'vitest'
import { REFUSED_IDS_MAX } from '../../src/core/limits.ts'
import { shortId } from '../../src/core/ranges.ts'
import type { RecordId } from '../../src/core/record.ts'
import { makeArrival } from '../../src/protocol/arrivals.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { faultOfRefused, Refused, sumUp } from '../../src/protocol/refused.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { makeRecord, peerId } from './pair.ts'

const PEER = peerId(1)
const SALT = new Uint8Array(16)
const RECORD = makeRecord()
const BOUND = makeArrival(RECORD, PEER, 3, { isBound: true })

function idOf(number: number): RecordId {
  return number.toString(16).padStart(16, '0').padEnd(64, '0') as RecordId
}

test.each([
  ['pushed', makeArrival(RECORD, PEER, 0), Fault.UNWELCOME, Fault.REFUSED],
  ['asked for', makeArrival(RECORD, PEER, 0, { isAsked: true }), Fault.FRUITLESS, null],
  ['in a round', makeArrival(RECORD, PEER, 3), Fault.FRUITLESS, null],
  ['against its own rules', BOUND, Fault.BREACH, Fault.BREACH],
])('a refused record costs as much as its sender could know: %s', (_name, arrival, first, again) => {
  const refused = new Refused()
  refused.remember(RECORD.id, { isByPolicy: true })
  expect([faultOfRefused(arrival), refused.faultOf(arrival)]).toEqual([first, again])
})

test('rules in common say nothing of what no policy refused', () => {
  const refused = new Refused()
  refused.remember(RECORD.id, { isByPolicy: false })
  expect(refused.faultOf(BOUND)).toBe(null)
})

test('only so many are remembered, by id, prefix and short id', () => {
  const refused = new Refused()
  for (let number = 0; number <= REFUSED_IDS_MAX; number += 1) refused.remember(idOf(number), { isByPolicy: true })
  expect([refused.has(idOf(0)), refused.has(idOf(1))]).toEqual([false, true])
  expect([0, 1].map(number => refused.hasPrefix(idOf(number).slice(0, 16)))).toEqual([false, true])
  expect(refused.shortIds(SALT).size).toBe(REFUSED_IDS_MAX)
  expect(refused.shortIds(SALT).has(shortId(SALT, idOf(1)))).toBe(true)
})

test('equal strikes are one that says how often, after all else; a flood is one', () => {
  const strike = (fault: Fault, reason = 'why'): Request => ({ type: 'Strike', peer: PEER, fault, reason })
  const load: Request = { type: 'Load', peer: PEER, round: 1, ids: [] }
  const [lie, other, flood] = [strike(Fault.LYING), strike(Fault.LYING, 'why else'), strike(Fault.FLOOD)]
  expect(sumUp([lie, flood, load, lie, other, flood, lie])).toEqual([
    load,
    { ...lie, times: 3 },
    { ...flood, times: 1 },
    { ...other, times: 1 },
  ])
})
