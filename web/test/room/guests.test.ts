import { expect, test, vi } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { pinContent, pinTags } from '../../src/core/pin.ts'
import { KIND_DELETION, KIND_PIN, type Record, type RecordId, signRecord, type Tags } from '../../src/core/record.ts'
import { PURGED } from '../../src/moderation/rows.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { Guests } from '../../src/room/guests.ts'

const ROOM = '00'.repeat(16)
const [OLD, EDGE, YOUNG] = [10, 1_000, 2_000]

function sign(content: string, at: number, { kind = 1078, author = 1, tags = [] as Tags } = {}): Record {
  const key = new SecretKey(new Uint8Array(32).fill(author))
  return signRecord(key, { createdAt: at as UnixTime, kind, tags: [['h', ROOM], ...tags], content })
}

function pinOf(record: Record, { at = YOUNG, author = 2 } = {}): Record {
  return sign(pinContent(record), at, { kind: KIND_PIN, author, tags: pinTags(record) })
}

function deletionOf(record: Record, author = 1): Record {
  return sign('', YOUNG, { kind: KIND_DELETION, author, tags: [['e', record.id]] })
}

/** A store, its guests, and what readers were told. */
class House {
  readonly store = new MemoryStore()
  readonly told: unknown[] = []
  readonly guests = new Guests({
    store: this.store,
    purged: () => this.store.notes(PURGED),
    tell: event => this.told.push(this.#shortened(event)),
  })

  async add(...records: readonly Record[]): Promise<void> {
    await this.store.add(records)
    for (const record of records) this.guests.take({ type: 'RecordAdded', record, peer: null })
    await this.guests.settle()
  }

  async delete(...records: readonly Record[]): Promise<void> {
    await this.store.add([], { removed: records.map(({ id }) => id) })
    for (const { id } of records) this.guests.take({ type: 'RecordDeleted', id, by: id })
    await this.guests.settle()
  }

  async expire(before = EDGE): Promise<number> {
    const { count, kept = new Set() } = await this.guests.expire(before as UnixTime)
    this.guests.take({ type: 'RecordsExpired', before: before as UnixTime, count, kept })
    await this.guests.settle()
    return count
  }

  async shown(...records: readonly Record[]): Promise<string[]> {
    return (await this.store.get(records.map(({ id }) => id))).map(({ content }) => content)
  }

  async holds(record: Record): Promise<boolean> {
    return (await this.guests.here()).includes(record.id)
  }

  #shortened(event: RoomEvent): unknown {
    if (event.type === 'RecordAdded') return event.isGuest && event.record.content
    return event.type === 'RecordDeleted' ? [event.id, event.by] : event
  }
}

test('an original that grows old becomes a guest, and nobody is told', async () => {
  const [house, record, other] = [new House(), sign('a', OLD), sign('b', OLD)]
  await house.add(record, other, pinOf(record))
  expect(await house.holds(record)).toBe(false)
  expect(await house.expire()).toBe(1)
  expect(await house.holds(record)).toBe(true)
  expect(await house.shown(record, other)).toEqual(['a'])
  expect(house.told).toEqual([])
})

test('what comes within a pin is shown once it is older than the window, and told of as a guest', async () => {
  const [house, old, young] = [new House(), sign('old', OLD), sign('young', YOUNG)]
  await house.add(pinOf(old), pinOf(old, { author: 3 }), pinOf(young))
  expect(house.told).toEqual([])
  await house.expire()
  expect(house.told).toEqual(['old'])
  expect(await house.shown(old, young)).toEqual(['old'])
})

test('it goes with the last of its pins', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  const [first, second] = [pinOf(record), pinOf(record, { at: YOUNG + 5, author: 3 })]
  await house.add(first, second)
  await house.expire()
  await house.delete(first)
  expect(await house.shown(record)).toEqual(['a'])
  await house.expire(YOUNG + 9)
  expect(await house.shown(record)).toEqual([])
  expect(house.told).toEqual(['a', [record.id, second.id]])
})

test('what its author deleted is not shown, whichever came first', async () => {
  const record = sign('a', OLD)
  const [before, after, between] = [new House(), new House(), new House()]
  await before.add(deletionOf(record), pinOf(record))
  await before.expire()
  await after.expire()
  await after.add(pinOf(record))
  expect(await after.shown(record)).toEqual(['a'])
  // As the node does with what a deletion covers.
  await after.store.add([deletionOf(record)], { removed: [record.id] })
  after.guests.take({ type: 'RecordDeleted', id: record.id, by: record.id })
  await after.guests.settle()
  await between.expire()
  await between.add(pinOf(record), deletionOf(record))
  for (const house of [before, after, between]) {
    expect(await house.shown(record)).toEqual([])
    expect(await house.holds(record)).toBe(false)
  }
})

test('a deletion by somebody else covers nothing', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.add(deletionOf(record, 2), pinOf(record))
  await house.expire()
  expect(await house.shown(record)).toEqual(['a'])
})

test('what the user destroyed does not come back', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.store.note(PURGED, record.id, '')
  await house.add(pinOf(record))
  await house.expire()
  expect(await house.shown(record)).toEqual([])
})

test('what holds nothing is passed over', async () => {
  const house = new House()
  await house.add(sign('?', YOUNG, { kind: KIND_PIN }))
  await house.expire()
  expect(house.told).toEqual([])
})

test('what only a shell is left of is shown as it is in its pin', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.add(record, pinOf(record))
  // As a full disk does, or the window of a light member.
  await house.store.purge([record.id])
  await house.expire()
  expect(await house.shown(record)).toEqual(['a'])
  expect(await house.holds(record)).toBe(true)
})

test('what became a shell since an earlier collection is shown as it is in its pin', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.add(record, pinOf(record))
  await house.expire()
  await house.store.purge([record.id])
  house.guests.take({ type: 'StorageEvicted', day: 0, count: 1 })
  await house.expire()
  expect(await house.shown(record)).toEqual(['a'])
  expect(await house.holds(record)).toBe(true)
})

test('pins of an earlier life keep what they show from the first collection', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.store.add([record, pinOf(record)])
  expect(await house.expire()).toBe(0)
  expect(await house.shown(record)).toEqual(['a'])
  expect(await house.holds(record)).toBe(true)
})

test('what a browser took away comes back with the next collection', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.add(record, pinOf(record))
  await house.expire()
  await house.store.add([], { removed: [record.id] })
  house.guests.take({ type: 'StorageDamaged', reason: 'some was thrown away' })
  await house.expire()
  expect(await house.shown(record)).toEqual(['a'])
})

test('what has been here since an earlier collection is not read again', async () => {
  const [house, first, second] = [new House(), sign('a', OLD), sign('b', EDGE + 1)]
  await house.add(first, second, pinOf(first), pinOf(second))
  await house.expire()
  const read = vi.spyOn(house.store, 'wires')
  for (const before of [EDGE + 1, EDGE + 2, EDGE + 3]) await house.expire(before)
  expect(read.mock.calls).toEqual([[[second.id]]])
  expect(await house.shown(first, second)).toEqual(['a', 'b'])
})

test('while nothing changes, the same set is said to be kept', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.add(record, pinOf(record))
  const [first, second] = [await house.guests.expire(EDGE as UnixTime), await house.guests.expire(EDGE as UnixTime)]
  expect(first.kept).toEqual(new Set<RecordId>([record.id]))
  expect(second.kept).toBe(first.kept)
})

test('a store that fails is complained of, and asked again', async () => {
  const [house, record] = [new House(), sign('a', OLD)]
  await house.expire()
  await house.store.close()
  house.guests.take({ type: 'RecordAdded', record: pinOf(record), peer: null })
  await expect.poll(() => house.told).toHaveLength(1)
  expect(house.told).toMatchObject([{ type: 'StorageFailed' }])
})
