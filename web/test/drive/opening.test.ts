/** A place for files beside a store. */
import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { blobTag } from '../../src/core/blob.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_KEYED } from '../../src/core/record.ts'
import { makeRoomName } from '../../src/core/signal.ts'
import { openShelf } from '../../src/drive/opening.ts'
import { ConfigError } from '../../src/errors.ts'
import type { BlobInput } from '../../src/protocol/inputs.ts'
import { join } from '../../src/room/joining.ts'
import { signed } from '../signing.ts'
import { MemorySwarm } from '../swarm.ts'
import { isSame } from './same.ts'

test('a room that comes again has its files in the database beside its own', async () => {
  const options = () => ({
    transport: new MemorySwarm().transport(),
    files: {},
    key: new SecretKey(new Uint8Array(32).fill(2)),
  })
  const before = await join('kept', options())
  const data = new Uint8Array(200_000).fill(7)
  await (await before.files('site')).put('a', data)
  await before.leave()
  const after = await join('kept', options())
  expect(isSame(await (await after.files('site')).get('a'), data)).toBe(true)
  await after.leave()
})

test('limits that cannot be meant are refused', async () => {
  const wish = { name: makeRoomName('peerset', 'lobby'), options: { store: 'memory', files: { blob: 1 } } }
  await expect(openShelf(wish, new MemoryStore())).rejects.toThrow(ConfigError)
})

test('the files of all records that were here before are known, however many these are', async () => {
  const [key, store, acts] = [new SecretKey(new Uint8Array(32).fill(2)), new MemoryStore(), [] as BlobInput[]]
  const name = { root: 'ab'.repeat(32), size: 9 }
  const records = Array.from({ length: 1_001 }, (_, number) => {
    const tags = [['d', `site/${number}`], ...(number === 0 ? [blobTag(name)] : [])]
    return signed(key, { createdAt: (1_790_000_000 + number) as UnixTime, kind: KIND_KEYED, tags, content: '' })
  })
  await store.add(records)
  const wish = { name: makeRoomName('peerset', 'lobby'), options: { store: 'memory', files: { keep: 'all' } } } as const
  const moderation = { hides: () => false, shadows: { shadowing: () => null } } as never
  const now = () => 1_790_000_000 as UnixTime
  const found = { store, signer: { publicKey: key.publicKey } }
  const library = (await openShelf(wish, store)).open(found, { moderation, now, act: event => acts.push(event) })
  library.stir()
  await expect.poll(() => acts).toEqual([{ type: 'BlobWanted', name, pieces: [0] }])
  library.close()
})
