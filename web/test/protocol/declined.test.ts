/** Records that the other side's rules refuse: it says so, and they are not given to it again. */

import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import { DECLINED_IDS_MAX } from '../../src/core/limits.ts'
import { shortId } from '../../src/core/ranges.ts'
import type { RecordId } from '../../src/core/record.ts'
import { FAILED } from '../../src/core/verdict.ts'
import { decode, encode } from '../../src/core/wire.ts'
import { Declined } from '../../src/protocol/declined.ts'
import { type Judge, type Member, makeRecord, Net, peerId, START } from './pair.ts'

const [PEER, SALT] = [peerId(1), new Uint8Array(16)]
const OLD = Array.from({ length: 40 }, (_, number) => makeRecord(number, { at: START - 40_000 * (number + 1) }))
const HOUR = 3_600

function makeDeclined({ isUnderstood = true } = {}): Declined {
  return new Declined(PEER, SALT, { isUnderstood })
}

function idsOf(count: number, start = 0): RecordId[] {
  return Array.from({ length: count }, (_, at) => (start + at).toString(16).padStart(64, '0') as RecordId)
}

function refuseAll(): ReturnType<Judge> {
  return { type: 'Reject', policy: 'none', reason: 'nothing is wanted here', rule: '', span: null }
}

const refuseEven: Judge = ({ content }) => (Number(content.split(' ')[1]) % 2 === 1 ? { type: 'Accept' } : refuseAll())

/** Give how many records *member* sent, again and again counted. */
function given(member: Member): number {
  return member.sent.reduce((sum, { message }) => sum + (message.type === 'Records' ? message.blobs.length : 0), 0)
}

function strikes(...members: readonly Member[]): string[] {
  return members.flatMap(({ events }) => events.flatMap(event => (event.type === 'StrikeCounted' ? event.reason : [])))
}

test('the neighbour is told by short ids what we refuse, unless its version is older', () => {
  const ids = idsOf(1)
  const message = { type: 'Declining', shortIds: ids.map(id => shortId(SALT, id)) }
  expect(makeDeclined().tell(ids)).toEqual([{ type: 'Send', peer: PEER, message }])
  expect(makeDeclined({ isUnderstood: false }).tell(ids)).toEqual([])
})

test('what the neighbour declined is left out', () => {
  const [declined, ids] = [makeDeclined(), idsOf(2)]
  const entries = ids.map((id): Entry => [START, id])
  expect(declined.sift(entries)).toEqual(entries)
  declined.heard([shortId(SALT, ids[0] as RecordId)])
  expect(declined.sift(entries)).toEqual(entries.slice(1))
  expect(declined.size).toBe(1)
})

test('only so many are remembered', () => {
  const declined = makeDeclined()
  for (let time = 0; time < 3; time += 1) declined.heard(idsOf(DECLINED_IDS_MAX - 1, time * DECLINED_IDS_MAX))
  expect(declined.size).toBe(DECLINED_IDS_MAX)
})

test.each([
  [1, 2, refuseEven, 20],
  [2, 1, refuseEven, 20],
  [1, 2, refuseAll, 0],
  [2, 1, refuseAll, 0],
])('what other rules refuse crosses once in a session (%d and %d)', (one, two, judge, taken) => {
  const net = new Net()
  const [strict, free] = [net.add(one, [], { judge }), net.add(two, OLD)]
  net.connect(strict, free)
  net.passTime(6 * HOUR)
  expect([given(free), strict.disk.size]).toEqual([OLD.length, taken])
  net.publish(free, makeRecord(101, { at: net.now.unix - 2 * HOUR }), makeRecord(102, { at: net.now.unix - 2 * HOUR }))
  net.passTime(HOUR)
  expect(given(free)).toBe(OLD.length + 2)
  expect(strikes(strict, free)).toEqual([])
})

test('a live record that was declined comes in no later round', () => {
  const net = new Net()
  const [strict, free] = [net.add(1, [], { judge: refuseAll }), net.add(2)]
  net.connect(strict, free)
  net.publish(free, makeRecord(7, { at: net.now.unix }))
  net.passTime(6 * HOUR)
  expect(given(free)).toBe(1)
})

test('a policy that does not work declines nothing, and an older version is told nothing', () => {
  for (const features of [0, 3]) {
    const net = new Net()
    net.tamper = (_source, _target, data) => {
      const message = decode(data)
      return message.type === 'Hello' ? encode({ ...message, features }) : data
    }
    const rule = features === 0 ? '' : FAILED
    const strict = net.add(1, [], { judge: () => ({ type: 'Reject', policy: 'none', reason: 'no', rule, span: null }) })
    const free = net.add(2, OLD)
    net.connect(strict, free)
    net.passTime(60)
    expect(strict.sent.some(({ message }) => message.type === 'Declining')).toBe(false)
    expect(strikes(strict, free)).toEqual([])
  }
})
