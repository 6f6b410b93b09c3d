/** Pages that keep the content of the newest days only, beside one that keeps all. */
import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/adapters/lasting.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { pinContent, pinTags } from '../../src/core/pin.ts'
import { KIND_DELETION, KIND_PIN, type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'
import { Claims } from '../../src/protocol/claims.ts'
import { Wanting } from '../../src/protocol/wanting.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { openNaming } from '../../src/room/lighten.ts'
import { Thinning, withClaims } from '../../src/room/thinning.ts'
import { at } from '../protocol/pair.ts'
import { MemorySwarm } from '../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const TAG = roomTag(makeRoomName('peerset', 'lobby'))
const AGES = [0, 2, 9, 20, 40]

function aged(days: number, { now = Math.floor(Date.now() / 1_000), kind = 1 } = {}): Record {
  const createdAt = (now - days * DAY_SECONDS) as UnixTime
  return signRecord(KEY, { createdAt, kind, tags: [['h', TAG]], content: `${days} days old` })
}

test.each(['memory', 'IndexedDB'])(
  'a light member has the root of everybody, and a week of content: %s',
  async kind => {
    const swarm = new MemorySwarm()
    const enter = (options: JoinOptions) => join('lobby', { store: 'memory', transport: swarm.transport(), ...options })
    const whole = await enter({})
    const records = AGES.map(days => aged(days))
    await whole.add(records)
    const store = kind === 'memory' ? new MemoryStore() : await openIndexedDbStore('light')
    const light = await enter({ store, window: '7d' })
    await expect.poll(() => light.root === whole.root && light.count).toBe(AGES.length)
    expect((await light.records()).map(({ content }) => content)).toEqual(['0 days old', '2 days old'])
    expect((await store.entries()).length).toBe(2)
    const old = records[3] as Record
    expect(await light.fetch(old.id)).toEqual([old])
    expect((await light.fetch((records[4] as Record).id.slice(0, 16))).length).toBe(1)
    expect(light.root).toBe(whole.root)
    expect((await light.health).budgets.find(({ name }) => name === 'claims')).toMatchObject({ used: 1 })
    await expect(light.fetch(aged(50).id)).rejects.toThrow(ConfigError)
    const newcomer = await enter({})
    await expect.poll(() => newcomer.root).toBe(whole.root)
    expect((await newcomer.records()).length).toBe(AGES.length)
    await Promise.all([newcomer, light, whole].map(room => room.leave()))
  },
  120_000,
)

test('what grows older than the window becomes a shell, but for deletions and what was written here', async () => {
  const [store, now] = [new MemoryStore(), at(0)]
  const old = Array.from({ length: 300 }, (_, n) => aged(8 + n / 10, { now: now.unix }))
  const records = [...old, aged(1, { now: now.unix }), aged(20, { now: now.unix, kind: KIND_DELETION })]
  await store.add(records)
  const gone = new Set<RecordId>()
  const destroy = async (ids: readonly RecordId[]) => {
    for (const id of ids) gone.add(id)
    await store.purge(ids)
  }
  const claims = new Claims(7 * DAY_SECONDS, Wanting)
  const parts = { store, claims, destroy, now: () => now }
  await new Thinning({ ...parts, own: KEY.publicKey }).thin()
  expect(gone.size).toBe(0)
  const thinning = new Thinning({ ...parts, own: new SecretKey(new Uint8Array(32).fill(8)).publicKey })
  await thinning.thin()
  expect(gone).toEqual(new Set(old.map(({ id }) => id)))
  gone.clear()
  await store.fill(old.slice(0, 1))
  await thinning.thin()
  expect(gone.size).toBe(0)
})

test('pins stay on a light member, and so does what they hold', async () => {
  const [store, now] = [new MemoryStore(), at(0)]
  const [held, other] = [aged(20, { now: now.unix }), aged(21, { now: now.unix })]
  const createdAt = (now.unix - 9 * DAY_SECONDS) as UnixTime
  const tags = [['h', TAG], ...pinTags(held)]
  const pin = signRecord(KEY, { createdAt, kind: KIND_PIN, tags, content: pinContent(held) })
  await store.add([held, other, pin])
  const gone: RecordId[] = []
  const destroy = async (ids: readonly RecordId[]) => void gone.push(...ids)
  const own = new SecretKey(new Uint8Array(32).fill(8)).publicKey
  await new Thinning({ store, claims: new Claims(7 * DAY_SECONDS, Wanting), destroy, now: () => now, own }).thin()
  expect(gone).toEqual([other.id])
})

test('readers find what is known by name alone among the entries of a store', async () => {
  const store = new MemoryStore()
  await store.add([aged(1)])
  const seen = withClaims(store, { all: [[1, 'ab' as RecordId]] } as unknown as Claims)
  expect((await seen.entries()).map(([createdAt]) => createdAt)).toEqual([1, aged(1).createdAt])
  expect(await seen.weight()).toBe(await store.weight())
})

test('a window that is no shorter than the rules makes no light member', async () => {
  expect((await openNaming(90 * DAY_SECONDS, 90 * DAY_SECONDS)).claims).toBeNull()
  expect((await openNaming(null, 90 * DAY_SECONDS)).claims).toBeNull()
  expect((await openNaming(7 * DAY_SECONDS, 90 * DAY_SECONDS)).claims).not.toBeNull()
})
