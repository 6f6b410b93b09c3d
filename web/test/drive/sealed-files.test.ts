/** Files of a sealed room: read by who has the secret, kept and given by those that have not. */
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { MemoryBlobs } from '../../src/adapters/blob-memory.ts'
import { BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import { writeEntry } from '../../src/drive/entry.ts'
import { BlobError, ConfigError } from '../../src/errors.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'
import { isSame } from './same.ts'

const [SECRET, NEWER] = vectors.secrets.map(({ text }) => text) as [string, string]
const DATA = Uint8Array.from({ length: 3 * BLOB_PIECE_BYTES + 7 }, (_, at) => at & 255)

async function enter(swarm: MemorySwarm, options: JoinOptions = {}): Promise<Room> {
  return await join('lobby', { store: 'memory', transport: swarm.transport(), files: {}, seal: SECRET, ...options })
}

async function leave(...rooms: readonly Room[]): Promise<void> {
  await Promise.all(rooms.map(room => room.leave()))
}

test('who has no secret keeps a file of which it can read nothing, and gives it to who has one', async () => {
  const [swarm, kept] = [new MemorySwarm(), new Map<MemoryBlobs, Uint8Array[]>()]
  const write = MemoryBlobs.prototype.write
  MemoryBlobs.prototype.write = async function (name, fresh) {
    kept.set(this, [...(kept.get(this) ?? []), ...fresh.map(({ data }) => data.slice())])
    await write.call(this, name, fresh)
  }
  try {
    const blind = await enter(swarm, { seal: undefined, files: { keep: 'all' }, isSeeder: true })
    const ann = await enter(swarm)
    const entry = await (await ann.files('site')).put('a', DATA)
    expect([entry.size, entry.blob?.size]).toEqual([DATA.length, 401_408])
    // As the writer and as the blind one keep its pieces.
    await expect.poll(() => [...kept.values()].map(pieces => pieces.length)).toEqual([4, 4])
    await leave(ann)
    const mark = Buffer.from(DATA.slice(0, 256))
    for (const data of [...kept.values()].flat()) expect(Buffer.from(data).includes(mark)).toBe(false)
    expect(Buffer.from(DATA).includes(mark)).toBe(true)
    const ben = await enter(swarm)
    const theirs = await ben.files('site', { author: ann.key })
    await expect.poll(() => theirs.exists('a')).toBe(true)
    expect(await theirs.read('a', 200_000, 200_010)).toEqual(DATA.slice(200_000, 200_010))
    expect(isSame(await theirs.get('a'), DATA)).toBe(true)
    const other = await enter(swarm, { seal: NEWER })
    await expect.poll(async () => (await other.members()).length).toBe(1)
    expect(await (await other.files('site', { author: ann.key })).list()).toEqual([])
    await leave(blind, ben, other)
  } finally {
    MemoryBlobs.prototype.write = write
  }
})

test('an entry stays in its room, and its bytes are sealed anew for another', async () => {
  const [sealed, open] = [await enter(new MemorySwarm()), await enter(new MemorySwarm(), { seal: undefined })]
  const [files, openly] = [await sealed.files('site'), await open.files('site')]
  const ours = await files.put('a', new Blob([DATA], { type: 'x/y' }))
  expect((await files.put('b', ours)).blob).toEqual(ours.blob)
  expect(isSame(await files.get('b'), DATA)).toBe(true)
  const theirs = await openly.put('a', DATA)
  await expect(openly.put('c', ours)).rejects.toThrow(/"a" is sealed as files are in "site".*files\.blob/)
  await expect(files.put('c', theirs)).rejects.toThrow(ConfigError)
  const again = await openly.put('c', (await files.blob('a')) as Blob)
  expect([again.blob, again.seal, again.type]).toEqual([theirs.blob, null, 'x/y'])
  expect((await openly.put('small', await files.put('small', 'few'))).size).toBe(3)
  await leave(sealed, open)
})

test('who lies about the bytes of a file is told by who reads all of it', async () => {
  const room = await enter(new MemorySwarm())
  const files = await room.files('site')
  const entry = await files.put('a', DATA)
  const seal = { key: entry.seal?.key ?? '', plain: '00'.repeat(32) }
  await files.put('lie', { ...entry, seal })
  expect(await files.read('lie', 0, 10)).toEqual(DATA.slice(0, 10))
  await expect(files.get('lie')).rejects.toThrow(BlobError)
  await expect(files.get('lie')).rejects.toThrow('"lie" is not what its writer said')
  expect(writeEntry(entry)).toEqual({ size: DATA.length, blob: entry.blob?.root, ...entry.seal })
  await leave(room)
})
