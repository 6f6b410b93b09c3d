/** What a library keeps, gives, fetches and forgets. */
import { expect, test } from 'vitest'
import { MemoryBlobs } from '../../src/adapters/blob-memory.ts'
import { checkPiece } from '../../src/core/blob.ts'
import { BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import type { Record } from '../../src/core/record.ts'
import { addBlob } from '../../src/drive/adding.ts'
import { Library } from '../../src/drive/library.ts'
import { Names } from '../../src/drive/names.ts'
import { BlobError, StoreError } from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import type { BlobInput } from '../../src/protocol/inputs.ts'
import { keep } from '../adapters/blobs.ts'
import { ONE, Blob as Pieces } from '../protocol/blobs.ts'

const US = 'ab'.repeat(32)

function library({ room = 40 * BLOB_PIECE_BYTES, keep = 'used' }: { room?: number; keep?: 'used' | 'all' } = {}) {
  const [here, hidden] = [new Map<string, Record>(), new Set<string>()]
  const names = new Names({
    get: async ids => ids.flatMap(id => here.get(id) ?? []),
    isWithheld: ({ id }) => hidden.has(id),
  })
  const [store, acts]: [MemoryBlobs, BlobInput[]] = [new MemoryBlobs(), []]
  const limits = { blobBytes: 8 * BLOB_PIECE_BYTES, roomBytes: room, keep, authorBytes: Math.floor(room / 4) } as const
  const made = new Library({ store, limits, names, key: US as never, act: event => acts.push(event) })
  const name = ({ root, size }: Pieces['name'], author = 'other') => {
    const record = { id: `${here.size}`, author, tags: [['blob', root, String(size)]] } as unknown as Record
    here.set(record.id, record)
    made.take({ type: 'RecordAdded', record, source: null } as unknown as RoomEvent)
  }
  return { made, store, acts, here, hidden, name }
}

test('neighbours are given what a record that is seen names, and nothing else', async () => {
  const { made, store, acts, hidden, name } = library()
  const blob = new Pieces(3)
  await keep(store, blob, [0, 2])
  name(blob.name)
  const ask = (first: number, count = 1) =>
    made.perform({ type: 'ReadPieces', peer: ONE, root: blob.root, first, count })
  made.perform({ type: 'FindBlob', peer: ONE, root: blob.root })
  await expect
    .poll(() => acts.pop())
    .toEqual({ type: 'BlobFound', peer: ONE, root: blob.root, pieces: Uint8Array.of(0xa0) })
  ask(1, 2)
  await expect
    .poll(() => acts.pop())
    .toMatchObject({ type: 'PiecesRead', first: 1, found: [null, { data: blob.pieces[2] }] })
  hidden.add('0')
  ask(2)
  await expect.poll(() => acts.pop()).toMatchObject({ first: 2, found: [null] })
  made.perform({ type: 'FindBlob', peer: ONE, root: blob.root })
  await expect.poll(() => acts.pop()).toMatchObject({ pieces: new Uint8Array() })
})

test('a piece that the disk has changed is not given, and is looked for again', async () => {
  const { made, store, acts, name } = library()
  const blob = new Pieces(1)
  await store.write(blob.name, [{ piece: 0, data: Uint8Array.of(9), nodes: new Map() }])
  name(blob.name)
  const reading = made.piece(blob.name, 0, 0)
  await expect.poll(() => acts).toEqual([{ type: 'BlobWanted', name: blob.name, pieces: [0] }])
  const { data } = blob.part(0)
  made.perform({ type: 'KeepPiece', peer: ONE, name: blob.name, piece: 0, data, nodes: new Map() })
  expect(await reading).toEqual(data)
  expect(acts.at(-1)).toEqual({ type: 'PiecesKept', root: blob.root, pieces: [[ONE, 0]] })
})

test('what was not used for longest makes room, and never what is ours', async () => {
  const { made, store, name } = library({ room: 3 * BLOB_PIECE_BYTES })
  const [theirs, ours] = [new Pieces(2, 1), new Pieces(1, 2)]
  for (const [blob, author] of [
    [ours, US],
    [theirs, 'other'],
  ] as const) {
    await keep(store, blob)
    name(blob.name, author)
  }
  const added = await addBlob(made, new Blob([new Uint8Array(2 * BLOB_PIECE_BYTES).fill(7)]))
  expect((await store.held()).map(each => each.name.root)).toEqual([ours.root, added.root])
  await expect(addBlob(made, new Blob([new Uint8Array(2 * BLOB_PIECE_BYTES).fill(8)]))).rejects.toThrow(BlobError)
  await made.abandon(added.root)
  expect((await store.held()).map(each => each.name.root)).toEqual([ours.root])
})

test('what no record names any more is forgotten', async () => {
  const { made, store, here, name } = library()
  const blob = new Pieces(2)
  await keep(store, blob)
  name(blob.name)
  await expect.poll(() => store.look(blob.root)).not.toBeNull()
  here.clear()
  made.take({ type: 'RecordDeleted' } as RoomEvent)
  await expect.poll(() => store.look(blob.root)).toBeNull()
})

test('with all kept, what a record names is fetched though nobody reads it', async () => {
  const { acts, name } = library({ keep: 'all' })
  const blob = new Pieces(2)
  name(blob.name)
  await expect.poll(() => acts).toEqual([{ type: 'BlobWanted', name: blob.name, pieces: [0, 1] }])
})

test('who waits is told that nobody has it, or that the room was left; what may not be read is refused at once', async () => {
  const { made, acts, name } = library()
  const [blob, long, unnamed] = [new Pieces(1), new Pieces(9), new Pieces(2)]
  name(blob.name)
  name(long.name)
  await expect(made.piece(long.name, 0, 0)).rejects.toThrow('at most 1048576 are fetched here')
  await expect(made.piece(unnamed.name, 0, 0)).rejects.toThrow('no record that is seen here names')
  const first = made.piece(blob.name, 0, 0)
  await expect.poll(() => acts.length).toBe(1)
  made.perform({ type: 'GiveUpBlob', root: blob.root, reason: 'nobody here has it' })
  await expect(first).rejects.toThrow('nobody here has it')
  const second = made.piece(blob.name, 0, 0)
  await expect.poll(() => acts.length).toBe(2)
  made.close()
  await expect(second).rejects.toThrow('the room was left')
  await expect(made.piece(blob.name, 0, 0)).rejects.toThrow('the room was left')
})

test('a disk that fills up at the last piece keeps what came, and the rest comes when there is room', async () => {
  const { made, store, acts, name } = library()
  const blob = new Pieces(8)
  const write = store.write.bind(store)
  const came = (piece: number) => {
    const { data, proof } = blob.part(piece)
    const nodes = checkPiece(blob.name, piece, data, proof) ?? new Map()
    made.perform({ type: 'KeepPiece', peer: ONE, name: blob.name, piece, data, nodes })
  }
  name(blob.name)
  const first = made.fetch(blob.name)
  await expect.poll(() => acts.length).toBe(1)
  for (let piece = 0; piece < 7; piece++) came(piece)
  await expect.poll(async () => (await store.look(blob.root))?.pieces.size).toBe(7)
  store.write = async () => {
    throw new StoreError('the disk is full')
  }
  came(7)
  await expect(first).rejects.toThrow('the disk is full')
  store.write = write
  expect((await store.look(blob.root))?.pieces.size).toBe(7)
  const second = made.fetch(blob.name)
  await expect.poll(() => acts.at(-1)).toEqual({ type: 'BlobWanted', name: blob.name, pieces: [7] })
  came(7)
  await second
  expect((await store.look(blob.root))?.pieces.size).toBe(8)
})

test('one who floods takes an author’s share of who keeps all, and no more', async () => {
  const { made, store, acts, name } = library({ room: 16 * BLOB_PIECE_BYTES, keep: 'all' })
  const flood = Array.from({ length: 7 }, (_, seed) => new Pieces(2, seed))
  const mine = new Pieces(2, 99)
  for (const blob of flood) name(blob.name, 'flooder')
  name(mine.name, 'honest')
  /** Bring what is wanted, and say of which blobs anything is here. */
  const held = async () => {
    for (const act of acts.splice(0)) {
      if (act.type !== 'BlobWanted') continue
      const blob = [...flood, mine].find(({ root }) => root === act.name.root) as Pieces
      for (const piece of act.pieces) {
        const { data, proof } = blob.part(piece)
        const nodes = checkPiece(blob.name, piece, data, proof) ?? new Map()
        made.perform({ type: 'KeepPiece', peer: ONE, name: act.name, piece, data, nodes })
      }
    }
    return (await store.held()).filter(({ pieces }) => pieces.size === 2).map(each => each.name.root)
  }
  await expect.poll(held).toContain(mine.root)
  const here = await held()
  // Three of them fit in a quarter of the room.
  expect(flood.filter(({ root }) => here.includes(root))).toHaveLength(3)
  // What somebody here reads is fetched all the same.
  const missing = flood.find(({ root }) => !here.includes(root)) as Pieces
  const reading = made.piece(missing.name, 0, 1)
  await expect.poll(held).toContain(missing.root)
  expect(await reading).toEqual(missing.part(0).data)
  made.close()
})

test('of a blob that is here no more is looked at than what is asked for', async () => {
  const { made, store, acts, name } = library()
  const blob = new Pieces(6)
  await keep(store, blob, [0, 1, 3, 4, 5])
  name(blob.name)
  const spans: (readonly unknown[])[] = []
  const look = store.look.bind(store)
  store.look = (...span) => {
    spans.push(span.slice(1))
    return look(...span)
  }
  made.perform({ type: 'ReadPieces', peer: ONE, root: blob.root, first: 3, count: 2 })
  await expect.poll(() => acts.pop()).toMatchObject({ first: 3, found: [{}, {}] })
  const reading = made.piece(blob.name, 2, 4).catch(String)
  await expect.poll(() => acts.pop()).toMatchObject({ type: 'BlobWanted', pieces: [2] })
  expect(spans).toEqual([
    [3, 4],
    [2, 4],
  ])
  made.close()
  await reading
})

test('what is here stays, though a record says another size of it', async () => {
  const { made, store, name } = library()
  const blob = new Pieces(3)
  await keep(store, blob, [1, 2])
  name(blob.name)
  for (const size of [blob.name.size - 1, blob.name.size + BLOB_PIECE_BYTES]) {
    const said = { root: blob.root, size }
    await expect(made.piece(said, 0, 0)).rejects.toThrow(`a file of ${blob.name.size} bytes, and not of ${size}`)
  }
  expect((await store.look(blob.root))?.pieces).toEqual(new Set([1, 2]))
  made.close()
})

test('of several sizes that records say of a blob the right one wins, and is begun with the piece that shows it', async () => {
  const { made, store, acts, name } = library({ keep: 'all' })
  const blob = new Pieces(3)
  const wrong = { root: blob.root, size: blob.name.size + 1 }
  name(blob.name, 'author')
  name(wrong, 'liar')
  const reason = 'another size'
  let isRefuted = false
  const isWhole = async () => {
    for (const act of acts.splice(0)) {
      if (act.type !== 'BlobWanted') continue
      if (act.name.size !== blob.name.size) {
        // Once, as a node does that looks for it once.
        if (!isRefuted) made.perform({ type: 'GiveUpBlob', root: blob.root, reason, refuted: act.name.size })
        isRefuted = true
        continue
      }
      for (const piece of act.pieces) {
        const { data, proof } = blob.part(piece)
        const nodes = checkPiece(blob.name, piece, data, proof) ?? new Map()
        made.perform({ type: 'KeepPiece', peer: ONE, name: act.name, piece, data, nodes })
      }
    }
    return (await store.look(blob.root))?.pieces.size === 3
  }
  const lie = made.piece(wrong, 0, 2).catch(String)
  const right = made.piece(blob.name, 0, 2)
  await expect.poll(isWhole).toBe(true)
  expect(await lie).toContain('BlobError')
  expect(await right).toEqual(blob.part(0).data)
  await expect(made.piece(wrong, 0, 2)).rejects.toThrow('and not of')
  made.close()
})

test('what is hidden while it is fetched is kept no further', async () => {
  const { made, store, acts, hidden, name } = library()
  const blob = new Pieces(2)
  name(blob.name)
  const fetching = made.fetch(blob.name).catch(String)
  await expect.poll(() => acts).toEqual([{ type: 'BlobWanted', name: blob.name, pieces: [0, 1] }])
  hidden.add('0')
  const { data } = blob.part(0)
  made.perform({ type: 'KeepPiece', peer: ONE, name: blob.name, piece: 0, data, nodes: new Map() })
  expect(await fetching).toContain('no record that is seen here names')
  expect(await store.look(blob.root)).toBeNull()
  made.close()
})
