/** What was refused before. */

import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { REFUSED_BRIEFLY_MAX, REFUSED_IDS_MAX } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { RangeItem } from '../../src/core/message.ts'
import { listed, shortId } from '../../src/core/ranges.ts'
import { type Record, type RecordId, shellOf } from '../../src/core/record.ts'
import { makeArrival } from '../../src/protocol/arrivals.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { Refused, sumUp } from '../../src/protocol/refused.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { makeRecord, peerId, START } from './pair.ts'

const PEER = peerId(1)
const SALT = new Uint8Array(16)
const RECORD = makeRecord()

function idOf(number: number): RecordId {
  return (number + 1).toString(16).padStart(16, '0').padEnd(64, '0') as RecordId
}

function numbered(number: number, time: number = START): Record {
  return shellOf(idOf(number), RECORD.author, time as UnixTime, 1078)
}

function makeRefused({ members = 0, entries = [] as Entry[] } = {}): Refused {
  return new Refused('rules', Index.bulk(Array.from({ length: members }, (_, number) => [1, idOf(number)])), entries)
}

function short(record: Record): string {
  return listed(shortId(SALT, record.id))
}

test('who brought what a policy refused is told that we take none of it', () => {
  const [refused, briefly, unknown] = [makeRefused(), numbered(2), numbered(3)]
  refused.keep([RECORD, numbered(1)])
  refused.remember(briefly)
  const records = [RECORD, numbered(1), RECORD, briefly, unknown]
  const arrivals = records.flatMap(record => [makeArrival(record, PEER, 0), makeArrival(record, null, 0)])
  expect(refused.decline(arrivals)).toEqual([{ type: 'Decline', peer: PEER, ids: [RECORD.id, numbered(1).id] }])
  expect(refused.decline([makeArrival(unknown, PEER, 0)])).toEqual([])
})

test('what a policy refuses is kept on disk once', () => {
  const refused = makeRefused()
  const kept = { type: 'KeepRefused', refused: [[RECORD.createdAt, RECORD.id]], rules: 'rules' }
  expect(refused.keep([RECORD, RECORD])).toEqual([kept])
  expect([refused.keep([RECORD]), refused.keep([])]).toEqual([[], []])
})

test('what was kept is known after a reload', () => {
  const refused = makeRefused({ entries: [[RECORD.createdAt, RECORD.id]] })
  expect([refused.has(RECORD), refused.hasPrefix(RECORD.id.slice(0, 16))]).toEqual([true, true])
  expect(refused.keep([RECORD])).toEqual([])
})

test('as many are kept as the room holds, and what is kept stays', () => {
  const limit = REFUSED_IDS_MAX + 10
  const refused = makeRefused({ members: 10 })
  const [kept] = refused.keep(Array.from({ length: limit + 1 }, (_, number) => numbered(number)))
  expect(kept?.type === 'KeepRefused' && kept.refused.length).toBe(limit)
  expect([0, limit - 1, limit].map(number => refused.has(numbered(number)))).toEqual([true, true, false])
  expect(refused.keep([numbered(limit)])).toEqual([])
})

test('of what is remembered for a while the latest are', () => {
  const refused = makeRefused({ entries: [[RECORD.createdAt, RECORD.id]] })
  for (let number = 0; number <= REFUSED_BRIEFLY_MAX; number += 1) {
    refused.remember(numbered(number))
    refused.remember(numbered(number))
  }
  expect([numbered(0), numbered(1), RECORD].map(record => refused.has(record))).toEqual([false, true, true])
  expect([0, 1].map(number => refused.hasPrefix(idOf(number).slice(0, 16)))).toEqual([false, true])
})

test('only what the peer lists is looked through', () => {
  const [one, two, three] = [numbered(0, 0), numbered(1, 100), numbered(2, 200)]
  const entries = [one, two].map(({ createdAt, id }): Entry => [createdAt, id])
  const refused = makeRefused({ entries })
  const wanted = [one, two, three].map(short)
  const items: RangeItem[] = [
    { type: 'IdList', upper: [50, ''], shortIds: [] },
    { type: 'Fingerprint', upper: [150, ''], fingerprint: '00'.repeat(8) },
    { type: 'Skip', upper: [160, ''] },
  ]
  const all: RangeItem = { type: 'IdList', upper: [900, ''], shortIds: [] }
  expect(refused.sift(SALT, wanted, [0, ''], [...items, all])).toEqual([two, three].map(short))
  expect(refused.sift(SALT, wanted, [0, ''], [all])).toEqual([short(three)])
  expect(refused.sift(SALT, [], [0, ''], [all])).toEqual([])
})

test('what grows too old is forgotten', () => {
  const refused = makeRefused({
    entries: [
      [10, idOf(0)],
      [30, idOf(1)],
    ],
  })
  refused.remember(numbered(2, 20))
  refused.forgetBefore(30 as UnixTime)
  expect([numbered(0, 10), numbered(2, 20), numbered(1, 30)].map(record => refused.has(record))).toEqual([
    false,
    false,
    true,
  ])
  expect(refused.hasPrefix(idOf(0).slice(0, 16))).toBe(false)
})

test('equal strikes are one that says how often, after all else', () => {
  const strike = (fault: Fault, reason = 'why'): Request => ({ type: 'Strike', peer: PEER, fault, reason })
  const load: Request = { type: 'Load', peer: PEER, round: 1, ids: [] }
  const [lie, other] = [strike(Fault.LYING), strike(Fault.LYING, 'why else')]
  expect(sumUp([lie, load, lie, other, lie])).toEqual([load, { ...lie, times: 3 }, { ...other, times: 1 }])
})
