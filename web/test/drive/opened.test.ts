/** Files that are read as they come. */
import { expect, test } from 'vitest'
import { BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import type { Bytes } from '../../src/data/desk.ts'
import { makeEntry } from '../../src/drive/entry.ts'
import { OpenedFile } from '../../src/drive/opened.ts'
import { BlobError, ConfigError } from '../../src/errors.ts'
import { isSame } from './same.ts'

const SIZE = 2 * BLOB_PIECE_BYTES + 5
const WHOLE = Uint8Array.from({ length: SIZE }, (_, at) => (at + (at >> 8)) & 255)
const ENTRY = makeEntry({ path: 'a', size: SIZE, blob: { root: '01'.repeat(32), size: SIZE } })

/** Gives pieces, and notes which, and by -1 that no more are wanted. */
function given(asked: number[]): Bytes {
  const piece = async (_: unknown, number: number) => {
    asked.push(number)
    return WHOLE.slice(number * BLOB_PIECE_BYTES, (number + 1) * BLOB_PIECE_BYTES)
  }
  const letGo = async () => {
    asked.push(-1)
  }
  return { piece, letGo } as unknown as Bytes
}

test('a file is read from any place, and no piece is asked for that is not read', async () => {
  const asked: number[] = []
  const file = new OpenedFile(ENTRY, given(asked))
  expect([file.size, file.tell(), file.seek(BLOB_PIECE_BYTES + 1)]).toEqual([SIZE, 0, BLOB_PIECE_BYTES + 1])
  expect(isSame(await file.read(3), WHOLE.slice(BLOB_PIECE_BYTES + 1, BLOB_PIECE_BYTES + 4))).toBe(true)
  expect([file.tell(), asked]).toEqual([BLOB_PIECE_BYTES + 4, [1]])
  expect(isSame(await file.read(), WHOLE.slice(BLOB_PIECE_BYTES + 4))).toBe(true)
  expect([(await file.read()).length, (await file.read(0)).length]).toEqual([0, 0])
  file.seek(SIZE + 7)
  expect((await file.read(1)).length).toBe(0)
})

test('a stream asks for what is read of it, and who cancels it wants no more', async () => {
  const asked: number[] = []
  const file = new OpenedFile(ENTRY, given(asked))
  expect(isSame(new Uint8Array(await new Response(file.stream(7)).arrayBuffer()), WHOLE.slice(7))).toBe(true)
  expect(isSame(new Uint8Array(await new Response(file.stream(7, 9)).arrayBuffer()), WHOLE.slice(7, 9))).toBe(true)
  asked.length = 0
  const reader = file.stream().getReader()
  await reader.read()
  await reader.cancel()
  expect(asked).toEqual([0, -1, -1])
  for await (const part of file) if (part.length > 0) break
  expect(asked).toEqual([0, -1, -1, 0, -1])
})

test('parts follow each other, from where the file stands', async () => {
  const file = new OpenedFile(makeEntry({ path: 'a', size: 4, data: new Uint8Array([1, 2, 3, 4]) }), null)
  file.seek(1)
  const parts: number[] = []
  for await (const part of file) parts.push(...part)
  expect([parts, file.tell()]).toEqual([[2, 3, 4], 4])
})

test('what is given away is a copy, without a library there is a word, and an offset is a number of bytes', async () => {
  const data = new Uint8Array([1, 2])
  const file = new OpenedFile(makeEntry({ path: 'a', size: 2, data }), null)
  const { value } = await file.stream().getReader().read()
  value?.fill(9)
  expect(data).toEqual(new Uint8Array([1, 2]))
  await expect(new OpenedFile(ENTRY, null).read()).rejects.toThrow(BlobError)
  for (const offset of [-1, 0.5, Number.NaN, '1' as never]) expect(() => file.seek(offset)).toThrow(ConfigError)
  expect(() => file.stream(-1)).toThrow(ConfigError)
})
