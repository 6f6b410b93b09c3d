/** Files of rooms that meet: what one writes the other reads, by path, whole or in part. */
import { expect, test } from 'vitest'
import { SecretKey } from '../../src/core/keys.ts'
import { BLOB_INLINE_BYTES_MAX, BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import { BlobError, ConfigError } from '../../src/errors.ts'
import { writers } from '../../src/policies/shipped.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'
import { isSame } from './same.ts'

const SIZE = 3 * BLOB_PIECE_BYTES + 7

interface Task {
  readonly done: number
  readonly file: string
}

function bytes(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, at) => (at * seed + (at >> 8)) & 255)
}

async function enter(swarm: MemorySwarm, options: JoinOptions = {}): Promise<Room> {
  return await join('lobby', { store: 'memory', transport: swarm.transport(), files: {}, ...options })
}

async function pair(options: JoinOptions = {}): Promise<[Room, Room]> {
  const swarm = new MemorySwarm()
  return [await enter(swarm), await enter(swarm, options)]
}

async function leave(...rooms: readonly Room[]): Promise<void> {
  await Promise.all(rooms.map(room => room.leave()))
}

test('a file that one writes another reads, whole and in part, though the writer has left since', async () => {
  const [one, two] = await pair()
  const site = await one.files('site')
  const entry = await site.put('videos/cat.webm', new Blob([bytes(SIZE)], { type: 'video/webm' }), {
    meta: { fps: 30 },
  })
  expect([entry.size, entry.type, entry.blob?.size, entry.meta]).toEqual([SIZE, 'video/webm', SIZE, { fps: 30 }])
  const theirs = await two.files('site', { author: one.key })
  await expect.poll(() => theirs.exists('videos/cat.webm')).toBe(true)
  const from = BLOB_PIECE_BYTES - 3
  expect(isSame(await theirs.read('videos/cat.webm', from, from + 9), bytes(SIZE).slice(from, from + 9))).toBe(true)
  expect(isSame(await theirs.get('videos/cat.webm'), bytes(SIZE))).toBe(true)
  await leave(one)
  const blob = await theirs.blob('videos/cat.webm')
  expect([blob?.type, blob?.size]).toEqual(['video/webm', SIZE])
  await leave(two)
})

test('files are listed by folder, linked, and deleted for all', async () => {
  const [one, two] = await pair()
  const ours = await one.files('site', { shared: true })
  for (const path of ['index.html', 'css/main.css', 'css/dark/night.css', 'img/logo.svg'])
    await ours.put(path, `of ${path}`)
  await ours.link('home', 'index.html')
  const theirs = await two.files('site', { shared: true })
  await expect.poll(async () => (await theirs.list()).length).toBe(5)
  expect((await theirs.list('css')).map(({ path }) => path)).toEqual(['css/dark/night.css', 'css/main.css'])
  expect((await theirs.list('', { recursive: false })).map(({ path }) => path)).toEqual(['home', 'index.html'])
  expect(await theirs.folders()).toEqual(['css/', 'img/'])
  expect(new TextDecoder().decode((await theirs.get('home')) ?? undefined)).toBe('of index.html')
  expect((await theirs.entry('home'))?.link).toBe('index.html')
  expect([await theirs.delete('index.html'), await theirs.delete('index.html')]).toEqual([true, false])
  await expect.poll(() => ours.exists('index.html')).toBe(false)
  expect(await ours.get('home')).toBeNull()
  await leave(one, two)
})

test('an entry says what a file is besides its bytes', async () => {
  const [room] = await pair()
  const files = await room.files('site')
  await files.put('run', '#!/bin/sh\n', { type: 'text/x-sh', executable: true, meta: { by: ['Ann', 'Ben'] } })
  await files.link('start', 'run')
  const said = { size: 10, type: 'text/x-sh', isExecutable: true, meta: { by: ['Ann', 'Ben'] } }
  expect(await files.entry('run')).toMatchObject(said)
  expect(await files.entry('start')).toMatchObject({ link: 'run', isExecutable: false })
  expect(new TextDecoder().decode((await files.get('start')) ?? undefined)).toBe('#!/bin/sh\n')
  await leave(room)
})

test('files are shared by those who may write, and by nobody else', async () => {
  const swarm = new MemorySwarm()
  const [owner, writer] = [1, 2].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]
  const policies = await writers({ owners: owner.publicKey })
  const one = await enter(swarm, { key: owner, policies })
  const two = await enter(swarm, { key: writer, policies, grants: await one.grant(writer.publicKey) })
  const three = await enter(swarm, { policies })
  const [ours, theirs, lookedAt] = await Promise.all(
    [one, two, three].map(room => room.files('wiki', { shared: true })),
  )
  await theirs?.put('a', bytes(SIZE))
  await expect.poll(() => ours?.exists('a')).toBe(true)
  expect(isSame((await ours?.get('a')) ?? null, bytes(SIZE))).toBe(true)
  await ours?.put('a', 'two')
  await expect.poll(async () => new TextDecoder().decode((await lookedAt?.get('a')) ?? undefined)).toBe('two')
  await expect(lookedAt?.put('a', 'three')).rejects.toThrow('it carries no grant')
  await leave(one, two, three)
})

test('an app has its documents, its state and its files in one room', async () => {
  const [one, two] = await pair()
  await (await one.files('attachments', { shared: true })).put('plan.pdf', bytes(SIZE))
  const tasks = await one.collection<Task>('tasks', { shared: true })
  await tasks.put('paint', { done: 1, file: 'plan.pdf' })
  const theirs = await two.collection<Task>('tasks', { shared: true })
  const done = await two.fold(theirs, 0, (count, doc) => count + doc.value.done, { name: 'done' })
  await expect.poll(() => done.state).toBe(1)
  const path = (await theirs.get('paint'))?.value.file ?? ''
  const files = await two.files('attachments', { shared: true })
  await expect.poll(() => files.exists(path)).toBe(true)
  expect(isSame(await files.get(path), bytes(SIZE))).toBe(true)
  await leave(one, two)
})

test('an entry of another room is written without its bytes, which are fetched when they are read', async () => {
  const [one, two] = await pair()
  const ours = await one.files('site')
  const entry = await ours.put('a', bytes(SIZE))
  const theirs = await two.files('copies')
  expect((await theirs.put('b', entry)).blob).toEqual(entry.blob)
  expect(isSame(await theirs.get('b'), bytes(SIZE))).toBe(true)
  await leave(one, two)
})

test('what was cleared is fetched again, and all of a folder is brought here', async () => {
  const [one, two] = await pair()
  const ours = await one.files('site')
  for (const seed of [1, 3]) await ours.put(`big/${seed}`, bytes(SIZE, seed))
  const theirs = await two.files('site', { author: one.key })
  await expect.poll(async () => (await theirs.list('big')).length).toBe(2)
  expect([await theirs.download('big'), await theirs.clear('big'), await theirs.clear('big')]).toEqual([2, 2, 0])
  expect(isSame(await theirs.get('big/3'), bytes(SIZE, 3))).toBe(true)
  await leave(one, two)
})

test('the file of a record that is hidden here is given to nobody, nor looked for', async () => {
  const swarm = new MemorySwarm()
  const one = await enter(swarm)
  const two = await enter(swarm, { files: { keep: 'all' } })
  await (await one.files('site')).put('a', bytes(SIZE))
  const copies = await two.files('site', { author: one.key })
  await expect.poll(() => copies.exists('a')).toBe(true)
  await copies.download('a')
  await leave(one)
  await two.moderation.mute(one.key)
  const three = await enter(swarm)
  const theirs = await three.files('site', { author: one.key })
  await expect.poll(() => theirs.exists('a')).toBe(true)
  const reading = theirs.get('a')
  await expect(Promise.race([reading, new Promise(done => setTimeout(done, 300, 'waits'))])).resolves.toBe('waits')
  await two.moderation.unmute(one.key)
  expect(isSame(await Promise.race([reading.catch(() => null), theirs.get('a')]), bytes(SIZE))).toBe(true)
  await leave(two, three)
})

test('without files in its room a page reads and writes what is short, and is told why it cannot what is longer', async () => {
  const [one, two] = await pair({ files: null })
  await (await one.files('site')).put('long', bytes(SIZE))
  const theirs = await two.files('site')
  expect((await theirs.put('short', bytes(BLOB_INLINE_BYTES_MAX))).blob).toBeNull()
  expect(isSame(await theirs.get('short'), bytes(BLOB_INLINE_BYTES_MAX))).toBe(true)
  await expect(theirs.put('long', bytes(BLOB_INLINE_BYTES_MAX + 1))).rejects.toThrow(BlobError)
  const far = await two.files('site', { author: one.key })
  await expect.poll(() => far.exists('long')).toBe(true)
  await expect(far.get('long')).rejects.toThrow('files of more than 24 KiB need')
  await leave(one, two)
})

test('what is no path, no source or not ours is refused, and nothing is left of a file that is too long', async () => {
  const swarm = new MemorySwarm()
  const room = await enter(swarm, { files: { blob: '256 KiB', room: '256 KiB' } })
  const files = await room.files('site')
  for (const path of ['', '/a', 'a//b', '../a', 'a/.', 'a\u0000', '\ud800', 'x'.repeat(600)]) {
    await expect(files.put(path, 'text'), path).rejects.toThrow(ConfigError)
  }
  await expect(files.put('a', 7 as never)).rejects.toThrow(ConfigError)
  await expect(files.read('a')).rejects.toThrow('there is no file')
  await expect(files.read('a', -1)).rejects.toThrow(ConfigError)
  await expect(files.put('a', bytes(300_000))).rejects.toThrow('a file of more than 262144 bytes')
  await files.put('b', bytes(200_000))
  await expect(files.put('a', bytes(100_000, 3))).rejects.toThrow('none of them may go')
  expect((await files.list()).map(({ path }) => path)).toEqual(['b'])
  await files.link('c', 'd')
  await files.link('d', 'c')
  await expect(files.get('c')).rejects.toThrow('more than 16 links')
  const theirs = await room.files('site', { author: '02'.repeat(32) })
  await expect(theirs.put('a', 'text')).rejects.toThrow("another author's")
  await leave(room)
})

test('who writes a file follows how far it is, and may give it up', async () => {
  const room = await enter(new MemorySwarm())
  const files = await room.files('site')
  const shares: number[] = []
  await files.put('a', bytes(SIZE), { progress: share => shares.push(share) })
  expect(shares.at(-1)).toBe(1)
  const signal = AbortSignal.abort()
  for (const source of ['short', bytes(SIZE, 9)])
    await expect(files.put('b', source, { signal })).rejects.toMatchObject({ name: 'AbortError' })
  expect((await files.list()).map(({ path }) => path)).toEqual(['a'])
  await room.leave()
})

test('a file is opened, listed by patterns, given as an address, and read as it was before', async () => {
  const [one, two] = await pair()
  const ours = await one.files('site')
  const before = await ours.put('a.bin', new Blob([bytes(SIZE)], { type: 'image/png' }))
  await ours.put('b.tmp', '<script>', { type: 'text/html' })
  const theirs = await two.files('site', { author: one.key })
  await expect.poll(async () => (await theirs.list()).length).toBe(2)
  expect((await theirs.list('', { ignore: '*.tmp' })).map(({ path }) => path)).toEqual(['a.bin'])
  const told: number[] = []
  expect(await theirs.download('', { ignore: '*.tmp', progress: (_, size) => told.push(size) })).toBe(1)
  expect([told.length, told.reduce((sum, size) => sum + size, 0)]).toEqual([4, SIZE])
  const file = await theirs.open('a.bin')
  file.seek(SIZE - 2)
  expect(isSame(await file.read(), bytes(SIZE).slice(-2))).toBe(true)
  await expect(theirs.open('c')).rejects.toThrow('there is no file')
  const urls = [await theirs.url('a.bin'), await theirs.url('b.tmp'), await theirs.url('c')]
  const types = await Promise.all(urls.map(async each => each && (await (await fetch(each.href)).blob()).type))
  expect(types).toEqual(['image/png', 'application/octet-stream', null])
  for (const each of urls) each?.revoke()
  await expect(fetch(urls[0]?.href ?? '')).rejects.toThrow()
  const after = await ours.put('a.bin', 'new')
  const differing: unknown[] = []
  for await (const { path, old, new: young } of ours.diff(before.record ?? 0, after.record ?? 0)) {
    differing.push([path, old?.size, young?.size])
  }
  expect(differing).toEqual([
    ['a.bin', SIZE, 3],
    ['b.tmp', undefined, 8],
  ])
  expect((await ours.get('a.bin', { at: before.record ?? 0 }))?.length).toBe(SIZE)
  await leave(one, two)
})
