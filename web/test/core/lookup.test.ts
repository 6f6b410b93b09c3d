import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Entry } from '../../src/core/block.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { findBeginning, findNewest } from '../../src/core/lookup.ts'
import type { AddressPointer } from '../../src/core/nip19.ts'
import { type RecordId, signRecord } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'

function knowing(...beginnings: string[]) {
  return { entries: async () => beginnings.map((each): Entry => [0, each.padEnd(64, '0') as RecordId]) }
}

test('first digits find the one record that has them', async () => {
  const store = knowing('3f2a01', '3f2b', '77')
  expect(await findBeginning('3f2a', store)).toBe('3f2a01'.padEnd(64, '0'))
  expect(await findBeginning('aaaa', store)).toBeNull()
})

test('first digits of several list them, but not all', async () => {
  const store = knowing('3f2a02', '3f2a01')
  const both = '2 records have an id that begins with "3f2a": 3f2a010000000000, 3f2a020000000000'
  await expect(findBeginning('3f2a', store)).rejects.toThrow(both)
  const many = knowing(...Array.from({ length: 7 }, (_, number) => `3f2a0${number}`))
  await expect(findBeginning('3f2a', many)).rejects.toThrow(/^7 records.*3f2a040000000000, \.\.\.$/)
  await expect(findBeginning('3f2a', many)).rejects.toThrow(ConfigError)
})

test.each([
  [30_023, 'a'],
  [30_023, ''],
  [0, ''],
  [10_002, ''],
])('an address of kind %i and key "%s" means its newest version', async (kind, key) => {
  const [own, other] = [7, 8].map(number => new SecretKey(new Uint8Array(32).fill(number))) as [SecretKey, SecretKey]
  const version = (age: number, tags: string[][], by = own) =>
    signRecord(by, { createdAt: (1_790_000_000 - age) as UnixTime, kind, tags, content: '' })
  const named = key === '' ? [] : [['d', key]]
  const [newest, oldest] = [version(5, key === '' ? [] : [...named, ['d', 'second']]), version(9, named)]
  const elsewhere = key === '' ? version(1, [], other) : version(1, [['d', 'second'], ...named])
  const store = new MemoryStore()
  await store.add([oldest, newest, elsewhere])
  const address: AddressPointer = { type: 'address', kind, author: own.publicKey, key, relays: [] }
  expect(await findNewest(address, store)).toBe(newest.id)
  expect(await findNewest({ ...address, key: 'absent' }, store)).toBeNull()
})

test('what has no versions has no address', async () => {
  const author = new SecretKey(new Uint8Array(32).fill(7))
  const store = new MemoryStore()
  await store.add([signRecord(author, { createdAt: 5 as UnixTime, kind: 1, tags: [['d', 'a']], content: '' })])
  const address = { type: 'address', kind: 1, author: author.publicKey, key: 'a', relays: [] } as const
  expect(await findNewest(address, store)).toBeNull()
})
