/** Records without content: a neighbour says that it lacks them, others are asked, and nobody is blamed. */

import { expect, test } from 'vitest'
import { LACKING_IDS_MAX } from '../../src/core/limits.ts'
import { shortId } from '../../src/core/ranges.ts'
import type { RecordId } from '../../src/core/record.ts'
import { decode, encode } from '../../src/core/wire.ts'
import { Lacked } from '../../src/protocol/lacking.ts'
import { type Member, makeRecord, Net, peerId, START } from './pair.ts'

const [PEER, SALT] = [peerId(1), new Uint8Array(16)]
const RECORDS = Array.from({ length: 100 }, (_, number) => makeRecord(number, { at: START - 40_000 * number }))
const PURGED = RECORDS.slice(7, 12)

function makeLacked({ isUnderstood = true } = {}): Lacked {
  return new Lacked(PEER, SALT, { isUnderstood })
}

function idsOf(count: number, start = 0): RecordId[] {
  return Array.from({ length: count }, (_, at) => (start + at).toString(16).padStart(64, '0') as RecordId)
}

/** Add a member that has purged some records. */
function purged(net: Net, number: number): Member {
  const member = net.add(number, RECORDS)
  for (const { id } of PURGED) member.disk.delete(id)
  return member
}

function strikes(...members: readonly Member[]): string[] {
  return members.flatMap(({ events }) => events.flatMap(event => (event.type === 'StrikeCounted' ? event.reason : [])))
}

test('what the neighbour lacks is not wanted of it', () => {
  const lacked = makeLacked()
  lacked.heard(['61'.repeat(8)])
  expect(lacked.sift(['61'.repeat(5), '62'.repeat(5)])).toEqual(['62'.repeat(5)])
})

test('the neighbour is told by short ids what we lack, unless its version is older', () => {
  const ids = idsOf(1)
  const message = { type: 'Lacking', round: 3, shortIds: ids.map(id => shortId(SALT, id)) }
  expect(makeLacked().tell(3, ids)).toEqual([{ type: 'Send', peer: PEER, message }])
  expect(makeLacked().tell(3, [])).toEqual([])
  const older = makeLacked({ isUnderstood: false })
  expect([older.tell(3, ids), older.explains(1)]).toEqual([[], false])
})

test('a surplus is explained by what either side lacks', () => {
  const lacked = makeLacked()
  expect(lacked.explains(0)).toBe(false)
  lacked.heard(['aa', 'aa', 'bb'])
  lacked.tell(1, idsOf(3))
  const explained = Array.from({ length: 18 }, (_, at) => at - 9).filter(surplus => lacked.explains(surplus))
  expect(explained).toEqual([-2, -1, 0, 1, 2, 3])
})

test.each([
  [1, LACKING_IDS_MAX - 1],
  [3, LACKING_IDS_MAX],
])('only so many are remembered of a side: %d', (rounds, limit) => {
  const lacked = makeLacked()
  for (let round = 0; round < rounds; round += 1) {
    const ids = idsOf(LACKING_IDS_MAX - 1, round * LACKING_IDS_MAX)
    lacked.tell(1, ids)
    lacked.heard(ids.map(id => id.slice(-10)))
  }
  const explained = [limit, limit + 1, -limit, -limit - 1].map(surplus => lacked.explains(surplus))
  expect(explained).toEqual([true, false, true, false])
})

test.each([
  [1, 2],
  [2, 1],
])('who purged some records is in sync with its neighbour, and nobody is struck: %d and %d', (one, two) => {
  const net = new Net()
  const [keeper, newcomer] = [purged(net, one), net.add(two)]
  net.connect(keeper, newcomer)
  net.passTime(5)
  expect(newcomer.disk.size).toBe(RECORDS.length - PURGED.length)
  for (let time = 0; time < 3; time += 1) {
    expect([keeper, newcomer].map(({ node }) => node.peers[0]?.isSynced)).toEqual([true, true])
    net.passTime(300)
  }
  expect(strikes(keeper, newcomer)).toEqual([])
  const wanted = newcomer.sent.flatMap(({ message }) => (message.type === 'Want' ? message.shortIds : []))
  expect(new Set(wanted).size).toBe(wanted.length)
})

test('what one neighbour lacks comes from another', () => {
  const net = new Net()
  const [keeper, whole, newcomer] = [purged(net, 1), net.add(2, RECORDS), net.add(3)]
  net.connect(keeper, newcomer)
  net.connect(whole, newcomer)
  net.passTime(60)
  expect(newcomer.disk.size).toBe(RECORDS.length)
  expect(strikes(keeper, whole, newcomer)).toEqual([])
  expect(newcomer.node.peers.map(({ isSynced }) => isSynced)).toEqual([true, true])
})

test('peers without the extension are told nothing', () => {
  const net = new Net()
  net.tamper = (_source, _target, data) => {
    const message = decode(data)
    return message.type === 'Hello' ? encode({ ...message, features: 0 }) : data
  }
  const [keeper, newcomer] = [purged(net, 1), net.add(2)]
  net.connect(keeper, newcomer)
  net.passTime(60)
  const said = new Set(keeper.sent.map(({ message }) => message.type))
  expect([said.has('Lacking'), said.has('Records')]).toEqual([false, true])
  expect(strikes(keeper, newcomer)).toEqual([])
})
