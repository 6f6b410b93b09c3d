/** Rules about days look at the days that sums name, and come to the same as if they looked at all. */
import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { pause } from '../../src/adapters/turns.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { sumsOf } from '../../src/core/day-sum.ts'
import type { Filter } from '../../src/core/filter.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { type Record, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { Days, Opener } from '../../src/moderation/days.ts'
import { readPolicies, withBudget } from '../../src/moderation/rulebook.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { makeBudget } from '../../src/policies/budget.ts'
import { join } from '../../src/room/joining.ts'
import { at, key, makeRecord, START } from '../protocol/pair.ts'
import { seededRng } from '../seeded.ts'
import { MemorySwarm } from '../swarm.ts'

const LEAST = 65_536
const TODAY = Math.floor(START / DAY_SECONDS)
/** No test of ours ends on another day than it began. */
const NOW = () => at(0)
const RULE = makeBudget({ author: LEAST, room: 2 * LEAST })

function large(number: number, { author = 1, daysAgo = 0 } = {}): Record {
  return makeRecord(number, { author, at: (START - daysAgo * DAY_SECONDS) as UnixTime, size: 20_000 })
}

function many(count: number, options: { author?: number; daysAgo?: number } = {}): Record[] {
  return Array.from({ length: count }, (_, number) => large(number, options))
}

/** A store that counts what is read, may fail, and may be slow. */
class Shelf extends MemoryStore {
  readonly read: Filter[] = []
  isBroken = false
  pause: Promise<unknown> = Promise.resolve()

  override async query(filter: Filter): Promise<Record[]> {
    this.read.push(filter)
    const found = await super.query(filter)
    await this.pause
    if (this.isBroken) throw new StoreError('broken')
    return found
  }
}

async function shelf(records: readonly Record[]): Promise<Shelf> {
  const store = new Shelf()
  await store.add(records)
  return store
}

test('a day is due once, when an author or all wrote more than fits', () => {
  const days = new Days([RULE], sumsOf(many(4, { daysAgo: 1 })))
  expect([days.hasDue, days.openNext(), days.hasDue, days.openNext()]).toEqual([true, TODAY - 1, false, null])
  for (const record of many(4)) {
    expect(days.hasDue).toBe(false)
    days.add(record)
  }
  expect(days.hasDue).toBe(true)
  days.add(large(5))
  expect([days.openNext(), days.hasDue]).toEqual([TODAY, false])
  expect([0, 1, 2].map(daysAgo => days.isOpened(large(9, { daysAgo })))).toEqual([true, true, false])
  days.putBack(TODAY)
  expect([days.hasDue, days.isOpened(large(9))]).toEqual([true, false])
  days.forgetBefore(START + DAY_SECONDS)
  expect([days.hasDue, days.isOpened(large(9, { daysAgo: 1 }))]).toEqual([false, false])
})

test('many authors fill a day together, and sums that are told anew count once', () => {
  const days = new Days([RULE])
  const records = [1, 2, 3, 4, 5, 6, 7].map(author => large(author, { author }))
  for (const record of records.slice(0, 6)) days.add(record)
  days.restart(sumsOf(records.slice(0, 6)))
  expect(days.hasDue).toBe(false)
  days.add(large(7, { author: 7 }))
  expect(days.hasDue).toBe(true)
})

test('a rule that breaks, or has no word on days, looks at every day', () => {
  const broken = {
    ...RULE,
    fits: () => {
      throw new RangeError('broken')
    },
  }
  for (const rule of [broken, { ...RULE, fits: undefined as never }]) {
    const days = new Days([rule])
    days.add(makeRecord())
    expect(days.hasDue).toBe(true)
  }
})

test.each([0, 1, 2, 3, 4, 5])('what is shadowed is the same as when all is looked at: %i', async seed => {
  const rng = seededRng(`days ${seed}`)
  const pick = (count: number) => Math.floor(rng.uniform(0, count))
  const records = Array.from({ length: 25 }, (_, number) => large(number, { author: 1 + pick(3), daysAgo: pick(3) }))
  const store = await shelf(records.slice(0, 10))
  const [sparing, whole] = [new Shadows([RULE]), new Shadows([RULE])]
  whole.add(records.slice(0, 10))
  await sparing.start(store)
  for (const [place, record] of records.slice(10).entries()) {
    await store.add([record])
    for (const shadows of [sparing, whole]) shadows.add([record])
    const [, gone] = (await store.entries())[pick(10)] ?? []
    if (place % 5 === 4 && gone !== undefined) {
      await store.add([], { removed: [gone] })
      for (const shadows of [sparing, whole]) shadows.remove(gone)
    }
    if (pick(2) === 0) await sparing.settle()
  }
  await sparing.settle()
  const left = await store.get(records.map(({ id }) => id))
  for (const { id } of left) expect(sparing.shadowing(id)).toEqual(whole.shadowing(id))
  expect(left.some(({ id }) => whole.shadowing(id) !== null)).toBe(true)
  const firsts = store.read.map(({ since }) => since)
  expect(new Set(firsts).size).toBe(firsts.length)
})

test('what comes and goes while a day is read is not missed', async () => {
  const records = many(8)
  const store = await shelf(records.slice(0, 6))
  let go = () => {}
  store.pause = new Promise<void>(resolve => {
    go = resolve
  })
  const shadows = new Shadows([makeBudget({ author: LEAST, room: LEAST })])
  const starting = shadows.start(store)
  await expect.poll(() => store.read.length).toBe(1)
  shadows.remove(records[0]?.id as never)
  shadows.add(records.slice(6))
  go()
  await starting
  const whole = new Shadows([makeBudget({ author: LEAST, room: LEAST })])
  whole.add(records.slice(1))
  for (const { id } of records) expect(shadows.shadowing(id)).toEqual(whole.shadowing(id))
})

test('a day that cannot be read is read later, and all who wait hear of it', async () => {
  const store = await shelf(many(6))
  const shadows = new Shadows([RULE])
  store.isBroken = true
  await expect(shadows.start(store)).rejects.toThrow('broken')
  const both = await Promise.allSettled([shadows.settle(), shadows.settle()])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect([shadows.isEmpty, shadows.hasDue]).toEqual([true, true])
  store.isBroken = false
  await shadows.settle()
  expect([shadows.isEmpty, shadows.hasDue]).toEqual([false, false])
})

test('who waits for days that another reads waits until they are read', async () => {
  const taken: Record[] = []
  const days = new Days([RULE], sumsOf(many(4)))
  const load = async () => [large(1)]
  const opener = new Opener(days, {
    begin: () => {},
    load,
    take: records => void taken.push(...records),
    end: () => {},
  })
  await Promise.all([opener.settle(), opener.settle()])
  expect(taken).toEqual([large(1)])
})

test('others have their turn while a large day is taken', async () => {
  const records = many(300)
  const store = await shelf(records)
  let looked = 0
  const group = (record: Record) => {
    looked++
    return RULE.group(record)
  }
  const shadows = new Shadows([{ ...RULE, group }])
  const seen = new Set<number>()
  const starting = shadows.start(store)
  for (let turn = 0; turn < 50 && looked < records.length; turn++) {
    seen.add(looked)
    if (looked > 0) shadows.remove(records.at(-1)?.id as never)
    await pause()
  }
  expect([...seen].some(count => count > 0)).toBe(true)
  await starting
  const whole = new Shadows([RULE])
  whole.add(records.slice(0, -1))
  for (const { id } of records) expect(shadows.shadowing(id)).toEqual(whole.shadowing(id))
})

test('a room has a generous budget unless it says otherwise, and in no rules id', async () => {
  const plain = await withBudget(readPolicies([]))
  const figures = '{"author":268435456,"deletions":100000,"room":1073741824}'
  expect(plain.setRules.map(({ name, manifest }) => [name, manifest.parameters])).toEqual([['budget', figures]])
  expect(plain.manifests).toEqual([])
  expect((await withBudget(readPolicies('budget:off'))).setRules).toEqual([])
  const own = await withBudget(readPolicies([RULE, () => null]))
  expect([own.setRules, own.manifests, own.views.length]).toEqual([[RULE], [RULE.manifest], 1])
  expect(() => readPolicies('budget:on' as never)).toThrow(ConfigError)
})

function written(number: number, daysAgo: number): Record {
  const createdAt = (START - daysAgo * DAY_SECONDS) as UnixTime
  const tags = [['h', roomTag(makeRoomName('peerset', 'lobby'))]]
  return signRecord(key(3), { createdAt, kind: 1078, tags, content: `${number} ${'x'.repeat(20_000)}` })
}

test('joining reads the days alone that are over their budget', async () => {
  const store = await shelf([...many(0), ...[0, 1, 2, 3, 4, 5].map(number => written(number, 2)), written(6, 1)])
  store.close = async () => {}
  const seen = async (policies: Parameters<typeof readPolicies>[0]) => {
    store.read.length = 0
    const room = await join('lobby', { store, transport: new MemorySwarm().transport(), policies, now: NOW })
    const read = store.read.length
    const found = (await room.records()).length
    await room.leave()
    return [read, found]
  }
  expect(await seen([])).toEqual([0, 7])
  expect(await seen([RULE])).toEqual([1, 4])
  expect((await store.query(makeFilter({}))).length).toBe(7)
})

test('a day that goes over its budget while the room is joined is shadowed, in collections too', async () => {
  const options = { store: 'memory', transport: new MemorySwarm().transport(), now: NOW } as const
  const room = await join('lobby', { ...options, policies: [RULE] })
  const told: RoomEvent['type'][] = []
  room.on(({ type }) => told.push(type))
  const notes = await room.collection('notes')
  for (let number = 0; number < 5; number += 1) await notes.add({ number, text: 'x'.repeat(20_000) })
  const found = async () => (await notes.find({})).docs.map(({ id }) => id).sort()
  await expect.poll(async () => (await found()).length).toBe(3)
  expect((await room.records()).map(({ id }) => id).sort()).toEqual(await found())
  expect(told).toContain('CurtainChanged')
  await room.leave()
})
