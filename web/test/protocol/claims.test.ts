/** Light members among others: what they know by name alone, and what becomes of names that were made up. */

import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import { after, DAY_SECONDS } from '../../src/core/clock.ts'
import { CLAIMS_MAX, FETCH_TRIES_MAX, TRIAL_INTERVAL_SECONDS } from '../../src/core/limits.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { decode, encode } from '../../src/core/wire.ts'
import { Lightness } from '../../src/protocol/lightness.ts'
import { Wanting } from '../../src/protocol/wanting.ts'
import { key, type Member, makeRecord, Net, START } from './pair.ts'

const AGES = [1, 3, 10, 20, 40]
const WEEK = { windowSeconds: 7 * DAY_SECONDS }
const PLAIN = new Lightness(START - 7 * DAY_SECONDS)
const NAMER = { peer: '0000namer' as PeerId, key: key(9).publicKey }

function aged(...ages: readonly number[]): Record[] {
  return ages.map(days => makeRecord(days, { at: START - days * DAY_SECONDS }))
}

function madeUp(count: number): Entry[] {
  return Array.from({ length: count }, (_, n) => [
    START - 30 * DAY_SECONDS + n,
    String(n).padStart(64, '0') as RecordId,
  ])
}

function known({ node }: Member): readonly Entry[] {
  return node.naming?.claims?.all ?? []
}

function strikes(net: Net): number {
  return [...net.members.values()].flatMap(({ events }) => events).filter(({ type }) => type === 'StrikeCounted').length
}

function roots(net: Net, ...members: readonly Member[]): number {
  return new Set(members.map(({ node }) => node.root(net.now))).size
}

/** Let *liar* name what there is not, beside each name that there is. */
function lie(net: Net, liar: Member, names: readonly Entry[]): void {
  net.tamper = (source, _target, data) => {
    const message = decode(data)
    if (source !== liar.name || message.type !== 'Named') return data
    return encode({ ...message, names: PLAIN.pack([...PLAIN.unpack(message.names), ...names]) })
  }
}

test.each([true, false])('a light member learns the names of old records without their content: %j', isFirst => {
  const net = new Net()
  const whole = net.add(isFirst ? 2 : 1, aged(...AGES))
  const light = net.add(isFirst ? 1 : 2, [], WEEK)
  net.connect(whole, light)
  net.passTime(60)
  expect(roots(net, whole, light)).toBe(1)
  expect(light.disk.size).toBe(2)
  expect(known(light)).toHaveLength(3)
  expect([whole.node.isQuiet, light.node.isQuiet]).toEqual([true, true])
  const late = makeRecord(99, { at: START - 50 * DAY_SECONDS })
  net.publish(whole, late)
  net.passTime(60)
  expect(known(light)).toContainEqual([late.createdAt, late.id])
  expect(roots(net, whole, light)).toBe(1)
  expect(strikes(net)).toBe(0)
})

test('what is fetched is whole and no claim any more', () => {
  const net = new Net()
  const [whole, light] = [net.add(1, aged(...AGES)), net.add(2, [], WEEK)]
  net.connect(whole, light)
  const [old] = aged(20) as [Record]
  net.feed(light, { type: 'Wanted', entries: [[old.createdAt, old.id]], Machine: Wanting })
  net.run()
  expect(light.disk.has(old.id)).toBe(true)
  expect(known(light)).toHaveLength(2)
  expect(roots(net, whole, light)).toBe(1)
})

test('a newcomer has from others what a light member lacks', () => {
  const net = new Net()
  const ages = Array.from({ length: 59 }, (_, n) => n + 1)
  const [whole, light, newcomer] = [net.add(1, aged(...ages)), net.add(2, [], WEEK), net.add(3)]
  net.connect(whole, light)
  net.connect(light, newcomer)
  net.passTime(60)
  expect(light.sent.some(({ message }) => message.type === 'Lacking')).toBe(true)
  expect(newcomer.disk.size).toBeLessThan(59)
  net.connect(newcomer, whole)
  net.passTime(1_200)
  expect(newcomer.disk.size).toBe(59)
  expect(roots(net, whole, light, newcomer)).toBe(1)
  expect(strikes(net)).toBe(0)
})

test('light members share their days and take no names of each other', () => {
  const net = new Net()
  const [whole, light, other] = [net.add(1, aged(...AGES)), net.add(2, [], WEEK), net.add(3, [], WEEK)]
  net.connect(whole, light)
  net.connect(light, other)
  net.passTime(60)
  expect([other.disk.size, known(other).length]).toEqual([2, 0])
  expect(other.node.isQuiet).toBe(true)
  expect(strikes(net)).toBe(0)
})

test('what was made up is forgotten once a full neighbour lacks it', () => {
  const net = new Net()
  const [liar, light] = [net.add(1, aged(...AGES)), net.add(2, [], WEEK)]
  lie(net, liar, madeUp(40))
  net.connect(liar, light)
  expect(known(light)).toHaveLength(43)
  const whole = net.add(3, aged(...AGES))
  net.connect(whole, light)
  net.passTime(600)
  expect(known(light)).toHaveLength(3)
  expect(roots(net, whole, light)).toBe(1)
  expect(strikes(net)).toBe(0)
})

test('who makes names up again and again is hardly ever believed', () => {
  const net = new Net()
  const [liar, light, whole] = [net.add(1, aged(...AGES)), net.add(2, [], WEEK), net.add(3, aged(...AGES))]
  let told = 0
  net.tamper = (source, target, data) => {
    const message = decode(data)
    if (source !== liar.name || target !== light.name) return data
    if ((message.type !== 'Fin' && message.type !== 'Records' && message.type !== 'Want') || !message.round) return data
    told += 1
    const names = PLAIN.pack([[START - 30 * DAY_SECONDS, String(told).padStart(64, '0') as RecordId]])
    const named = encode({ type: 'Named', round: message.round, names })
    net.feed(light, { type: 'Received', peer: liar.name, data: named })
    return data
  }
  net.connect(liar, light)
  net.connect(whole, light)
  let wrong = 0
  for (let minute = 0; minute < 240; minute += 1) {
    net.passTime(60)
    wrong += Number(roots(net, whole, light) > 1)
  }
  expect(told).toBeGreaterThan(8)
  expect(wrong).toBeLessThan(40)
  expect(strikes(net)).toBe(0)
})

test('a trial begins with who named it', () => {
  const net = new Net()
  const light = net.add(1, [], WEEK)
  const others = Array.from({ length: FETCH_TRIES_MAX }, (_, number) => net.add(2 + number))
  const whole = net.add(50, aged(...AGES))
  for (const each of [...others, whole]) net.connect(light, each)
  net.passTime(600)
  const here = new Set([...light.disk.keys(), ...known(light).map(([, id]) => id)])
  expect(aged(...AGES).every(({ id }) => here.has(id))).toBe(true)
  expect(roots(net, whole, light)).toBe(1)
})

test('what a newcomer lacks and others can show stays', () => {
  const net = new Net()
  const ages = Array.from({ length: 52 }, (_, n) => n + 8)
  const [whole, light] = [net.add(1, aged(...ages)), net.add(2, [], WEEK)]
  net.connect(whole, light)
  expect(known(light)).toHaveLength(52)
  net.connect(net.add(3), light)
  net.passTime(600)
  expect(light.disk.size).toBeGreaterThan(0)
  expect(light.disk.size).toBeLessThan(32)
  expect(known(light)).toHaveLength(52 - light.disk.size)
  expect(roots(net, whole, light)).toBe(1)
  expect(strikes(net)).toBe(0)
})

test('a member of other rules names nothing', () => {
  const net = new Net()
  const whole = net.add(1, aged(...AGES), { judge: () => ({ type: 'Accept' }) })
  const light = net.add(2, [], WEEK)
  net.connect(whole, light)
  net.passTime(60)
  expect([light.disk.size, known(light).length]).toEqual([2, 0])
  expect(light.sent.some(({ message }) => message.type === 'Light')).toBe(false)
  expect(strikes(net)).toBe(0)
})

test('a member that knows no names shares the newest days', () => {
  const net = new Net()
  const [whole, light] = [net.add(1, aged(...AGES)), net.add(2, [], WEEK)]
  net.tamper = (_source, _target, data) => {
    const message = decode(data)
    return message.type === 'Hello' ? encode({ ...message, features: 0 }) : data
  }
  net.connect(whole, light)
  net.passTime(60)
  expect([light.disk.size, known(light).length]).toEqual([2, 0])
  expect([whole.node.isQuiet, light.node.isQuiet]).toEqual([true, true])
  expect(strikes(net)).toBe(0)
})

test('names of what is too young or too old, or that nobody asked for, are passed over', () => {
  const net = new Net()
  const [liar, light, full] = [net.add(1, aged(...AGES)), net.add(2, [], WEEK), net.add(3)]
  const ancient: Entry = [START - 91 * DAY_SECONDS, '0'.repeat(64) as RecordId]
  const young: Entry = [START - 60, '0'.repeat(64) as RecordId]
  lie(net, liar, [young, ancient])
  net.connect(liar, light)
  net.connect(liar, full)
  expect([known(light).length, known(full).length]).toEqual([3, 0])
  for (const to of [light, full]) {
    for (const round of [0, 1]) {
      const data = encode({ type: 'Named', round, names: PLAIN.pack(madeUp(3)) })
      net.feed(to, { type: 'Received', peer: liar.name, data })
    }
  }
  net.run()
  expect([known(light).length, known(full).length, full.node.count]).toEqual([3, 0, 5])
})

test('claims expire with the room', () => {
  const net = new Net()
  const [whole, light] = [net.add(1, aged(1, 10, 89)), net.add(2, [], WEEK)]
  net.connect(whole, light)
  expect(known(light)).toHaveLength(2)
  net.passTime(2 * DAY_SECONDS)
  expect(known(light)).toHaveLength(1)
  expect(roots(net, whole, light)).toBe(1)
})

test('names beyond the limit are passed over and said to be', () => {
  const net = new Net()
  const claims = net.add(1, [], WEEK).node.naming?.claims
  const names = Array.from(
    { length: CLAIMS_MAX + 5 },
    (_, n): Entry => [START - 30 * DAY_SECONDS + (n % 9_000), String(n).padStart(64, '0') as RecordId],
  )
  expect(claims?.take(names, PLAIN, NAMER, net.now)).toBe(CLAIMS_MAX)
  expect(claims?.budget).toMatchObject({ name: 'claims', used: CLAIMS_MAX, limit: CLAIMS_MAX, count: 5 })
})

test('doubts wait for one another', () => {
  const net = new Net()
  const claims = net.add(1, [], WEEK).node.naming?.claims
  if (!claims) throw new Error('no light member')
  const names = madeUp(9)
  expect([claims.take(names, PLAIN, NAMER, net.now), claims.take(names, PLAIN, NAMER, net.now)]).toEqual([9, 0])
  claims.doubt([[START, '0'.repeat(64) as RecordId]])
  expect(claims.deadline).toBeNull()
  claims.doubt(names.slice(0, 2))
  claims.tick(net.now)
  claims.doubt(names.slice(2, 5))
  expect(claims.size).toBe(9)
  claims.tick(net.now)
  expect(claims.size).toBe(7)
  const later = { ...net.now, monotonic: after(net.now.monotonic, TRIAL_INTERVAL_SECONDS) }
  expect(claims.deadline).toBe(later.monotonic)
  claims.tick(later)
  claims.tick(later)
  expect([claims.size, claims.deadline]).toEqual([4, null])
})
