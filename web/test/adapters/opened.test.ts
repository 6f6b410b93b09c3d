import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { opened } from '../../src/adapters/opened.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { openRecord, sealBody } from '../../src/core/envelope.ts'
import { makeFilter } from '../../src/core/filter.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { decodeRecord, KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import { Seal, Seals, type Secret } from '../../src/core/seal.ts'
import { roomTag } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'
import type { Lens, Store } from '../../src/ports.ts'

const ROOM = roomTag({ app: 'peerset', room: 'lobby' })
const KEY = new SecretKey(new Uint8Array(32).fill(1))
const [ONE, TWO] = [1, 2].map(byte => new Seal(new Uint8Array(32).fill(byte) as Secret, ROOM)) as [Seal, Seal]

function lensOf(...seals: [Seal, ...Seal[]]): Lens {
  const all = new Seals(...seals)
  return {
    ids: [...all.byId.keys()],
    open: record => openRecord(all, record),
    hidden: (name, value) => all.hidden(name, value),
  }
}

/** Seal what has a second, and tags. */
function sealed(seal: Seal, second: number, tags: readonly (readonly string[])[]): Record {
  const fields = {
    createdAt: second as UnixTime,
    kind: KIND_RECORD,
    tags: [['h', ROOM], ...tags],
    content: `${second}`,
  }
  const body = sealBody(seal, { author: KEY.publicKey, ...fields }, new Uint8Array(24).fill(second))
  return signRecord(KEY, { ...fields, ...body })
}

const RECORDS = [
  ...Array.from({ length: 20 }, (_, at) =>
    sealed(ONE, 20 + at, [
      ['c', 'notes'],
      ['t', at % 10 === 0 ? 'rare' : 'other'],
    ]),
  ),
  sealed(TWO, 50, [['c', 'notes']]),
]

async function stored(lens: Lens): Promise<Store> {
  const store = new MemoryStore()
  store.unseal(lens)
  await store.add(RECORDS)
  return opened(store, lens)
}

test('what is found is what is inside, whatever part of it is asked for', async () => {
  const store = await stored(lensOf(ONE))
  const found = async (fields: Parameters<typeof makeFilter>[0]) =>
    (await store.query(makeFilter(fields))).map(({ content }) => content)
  expect(await found({ tags: { t: ['rare'] } })).toEqual(['30', '20'])
  expect(await found({ tags: { t: ['rare'] }, limit: 1 })).toEqual(['30'])
  expect(await found({ tags: { c: ['notes'] }, limit: 2 })).toEqual(['39', '38'])
  expect(await found({ tags: { c: ['others'] } })).toEqual([])
  expect(await found({ limit: 0 })).toEqual([])
  expect(await found({})).toHaveLength(21)
})

test('what was sealed by any of the secrets is found', async () => {
  const store = await stored(lensOf(TWO, ONE))
  expect(await store.query(makeFilter({ tags: { c: ['notes'] } }))).toHaveLength(21)
})

test('what others are given is the envelopes', async () => {
  const store = await stored(lensOf(ONE))
  const [{ id, content, outside } = RECORDS[0] as Record] = await store.get([RECORDS[0]?.id ?? ('' as never)])
  const [wire = new Uint8Array()] = await store.wires([id])
  expect([content, outside]).toEqual(['20', RECORDS[0]?.tags])
  expect(decodeRecord(wire)).toEqual(RECORDS[0])
  expect((await store.entries()).length).toBe(21)
})

test('a store of another make finds records, and says that it has no collections there', async () => {
  const { documents, unseal, ...rest } = Object.getOwnPropertyDescriptors(MemoryStore.prototype)
  expect([typeof documents?.value, typeof unseal?.value]).toEqual(['function', 'function'])
  const inner = new MemoryStore()
  const bare = Object.fromEntries(
    Object.keys(rest).map(name => [name, (...given: unknown[]) => call(inner, name, given)]),
  )
  const other = { ...bare, documents: () => inner.documents() } as unknown as Store
  await other.add(RECORDS)
  const store = opened(other, lensOf(ONE))
  expect(await store.query(makeFilter({ tags: { t: ['rare'] } }))).toHaveLength(2)
  await expect(store.documents?.()).rejects.toThrow(ConfigError)
})

function call(store: Store, name: string, given: readonly unknown[]): unknown {
  return (store as unknown as { [name: string]: (...given: readonly unknown[]) => unknown })[name]?.(...given)
}
