import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { type Record, signRecord } from '../../src/core/record.ts'
import { StoreError } from '../../src/errors.ts'
import { Curtain } from '../../src/moderation/curtain.ts'
import { Panel } from '../../src/moderation/panel.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { view } from '../../src/policies/function.ts'
import type { Policy } from '../../src/ports.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(3))
const SPAM = view('no-spam', { version: 1 }, record => (record.content.startsWith('spam') ? 'it is spam' : null))

function record(content: string, age = 0): Record {
  return signRecord(KEY, { createdAt: (1_790_000_000 - age) as UnixTime, kind: 1_078, tags: [], content })
}

async function open(store: MemoryStore, policies: readonly Policy[] = [SPAM]) {
  const events: RoomEvent[] = []
  const panel = new Panel(policies, { onComplaint: () => {} })
  const curtain = await Curtain.open(store, panel, { onEvent: event => events.push(event) })
  return { curtain, events }
}

test('what is in the store is judged when it opens, and what is added afterwards', async () => {
  const store = new MemoryStore()
  const [old, fine, late] = [record('spam 1', 9), record('fine'), record('spam 2')]
  await store.add([old, fine])
  const { curtain, events } = await open(store)
  await curtain.judged()
  expect(curtain.quarantine().map(hidden => hidden.id)).toEqual([old.id])
  await store.add([late])
  curtain.take({ type: 'RecordAdded', record: late, peer: null })
  await curtain.judged()
  expect(curtain.quarantine().map(hidden => [hidden.id, hidden.policy, hidden.reason])).toEqual([
    [old.id, 'no-spam', 'it is spam'],
    [late.id, 'no-spam', 'it is spam'],
  ])
  expect(events.map(event => event.type)).toEqual(['RecordHidden', 'RecordHidden'])
  expect([curtain.hides(old), curtain.hides(fine)]).toEqual([true, false])
})

test('quarantine, releases and mutes survive a reload', async () => {
  const store = new MemoryStore()
  const [one, two] = [record('spam 1', 1), record('spam 2')]
  await store.add([one, two])
  const first = await open(store)
  await first.curtain.judged()
  expect(await first.curtain.release(one.id)).toBe(true)
  expect(await first.curtain.release(one.id)).toBe(false)
  await first.curtain.mute(KEY.publicKey)
  first.curtain.close()

  const second = await open(store)
  await second.curtain.judged()
  expect(second.events).toEqual([])
  expect(second.curtain.quarantine().map(hidden => hidden.id)).toEqual([two.id])
  expect(second.curtain.hides(one)).toBe(true)
  await second.curtain.unmute(KEY.publicKey)
  expect([second.curtain.hides(one), second.curtain.muted()]).toEqual([false, []])
})

test('what is deleted or grows old leaves no note behind', async () => {
  const store = new MemoryStore()
  const [deleted, old] = [record('spam 1'), record('spam 2', 100)]
  await store.add([deleted, old])
  const { curtain } = await open(store)
  await curtain.judged()
  curtain.take({ type: 'RecordDeleted', id: deleted.id, by: old.id })
  curtain.take({ type: 'RecordsExpired', before: (old.createdAt + 1) as UnixTime, count: 1, kept: new Set() })
  expect(curtain.quarantine()).toEqual([])
  await curtain.judged()
  expect((await store.notes('quarantine')).size).toBe(0)
})

test('a view policy that breaks hides nothing', async () => {
  const store = new MemoryStore()
  await store.add([record('spam')])
  const broken: Policy = {
    ...SPAM,
    judge: () => {
      throw new Error('broken')
    },
  }
  const { curtain } = await open(store, [broken])
  await curtain.judged()
  expect(curtain.quarantine()).toEqual([])
})

test('notes that make no sense are left out', async () => {
  const store = new MemoryStore()
  await store.note('quarantine', 'aa', 'no json')
  await store.note('quarantine', 'bb', 'null')
  await store.note('quarantine', 'cc', '{"policy":"p","reason":"r","rule":"","created_at":1.5}')
  const { curtain } = await open(store, [])
  expect(curtain.quarantine()).toEqual([])
})

/** A store that cannot be used any more, from some time on. */
class Failing extends MemoryStore {
  isBroken = false

  override async get(ids: Parameters<MemoryStore['get']>[0]) {
    this.#check()
    return await super.get(ids)
  }

  override async note(kind: string, key: string, text: string | null) {
    this.#check()
    await super.note(kind, key, text)
  }

  #check(): void {
    if (this.isBroken) throw new StoreError('the disk is gone')
  }
}

test('a store that fails is told of, and breaks nothing', async () => {
  const store = new Failing()
  const [one, two] = [record('spam 1'), record('spam 2')]
  await store.add([one, two])
  const { curtain, events } = await open(store)
  await curtain.judged()
  store.isBroken = true
  curtain.take({ type: 'RecordDeleted', id: one.id, by: two.id })
  curtain.take({ type: 'RecordAdded', record: record('spam 3'), peer: null })
  await curtain.judged()
  expect(curtain.quarantine().map(hidden => hidden.id)).toEqual([two.id])
  expect(events.slice(2)).toEqual([
    { type: 'StorageFailed', reason: 'the disk is gone' },
    { type: 'StorageFailed', reason: 'the disk is gone' },
  ])
})

test('nothing is told of a store that was closed with the room', async () => {
  const store = new MemoryStore()
  await store.add([record('spam')])
  const { curtain, events } = await open(store)
  curtain.close()
  await store.close()
  await curtain.judged()
  expect(events).toEqual([])
})

test('ephemeral records are not judged', async () => {
  let asked = 0
  const judge: Policy['judge'] = records => {
    asked += records.length
    return records.map(() => ({ type: 'Accept' }))
  }
  const { curtain } = await open(new MemoryStore(), [{ ...SPAM, judge }])
  const passing = signRecord(KEY, { createdAt: 1_790_000_000 as UnixTime, kind: 20_001, tags: [], content: '' })
  curtain.take({ type: 'RecordAdded', record: passing, peer: null })
  expect(asked).toBe(0)
})

test('notes of releases and mutes that make no sense are left out', async () => {
  const store = new MemoryStore()
  await store.note('muted', 'abcd', '')
  await store.note('released', 'aa'.repeat(32), 'never')
  await store.note('released', 'bb', '17')
  const { curtain } = await open(store, [])
  expect(curtain.muted()).toEqual([])
})
