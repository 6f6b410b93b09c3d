/** What is sealed is as tests/vectors/blobs.json has it, and is opened piece by piece. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/blobs.json' with { type: 'json' }
import { systemRng } from '../../src/adapters/system.ts'
import { BlobDigest } from '../../src/core/blob.ts'
import { BLOB_PIECE_BYTES } from '../../src/core/limits.ts'
import { Opener, sealBlob } from '../../src/drive/sealing.ts'
import { isSame } from './same.ts'

/** So many bytes that every language can make: SHA-256 of "0", of "1", and so on, joined and cut off. */
function content(size: number): Uint8Array<ArrayBuffer> {
  const parts = Array.from({ length: Math.ceil(size / 32) }, (_, number) => sha256(utf8ToBytes(String(number))))
  return concatBytes(...parts).slice(0, size) as Uint8Array<ArrayBuffer>
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer())
}

test.each(vectors.sealed)(
  'what is sealed is that of the vector: $value.size',
  async ({ value, tag, sha256: digest }) => {
    const { size, blob: root, key, plain } = value
    const data = content(size)
    const random = { ...systemRng(), randomBytes: () => hexToBytes(key) }
    const sealed = await sealBlob(new Blob([data]), random)
    const found = await bytesOf(sealed.blob)
    expect([sealed.seal, bytesToHex(sha256(found)), String(found.length)]).toEqual([{ key, plain }, digest, tag[2]])
    const whole = new BlobDigest()
    for (let at = 0; at < found.length; at += BLOB_PIECE_BYTES) whole.add(found.subarray(at, at + BLOB_PIECE_BYTES))
    expect(whole.root).toBe(root)
    const opener = new Opener(sealed.seal, size)
    const opened: Uint8Array[] = []
    for (let at = 0; at < size; at += BLOB_PIECE_BYTES)
      opened.push(await opener.open(at, found.slice(at, at + BLOB_PIECE_BYTES)))
    expect(isSame(concatBytes(...opened), data)).toBe(true)
    expect(opener.isAmiss).toBe(false)
  },
)

test('equal files are sealed by keys of their own', async () => {
  const [one, two] = [await sealBlob(new Blob([content(50_000)])), await sealBlob(new Blob([content(50_000)]))]
  expect(one.seal.key).not.toBe(two.seal.key)
  expect(one.seal.plain).toBe(two.seal.plain)
  expect(isSame(await bytesOf(one.blob), await bytesOf(two.blob))).toBe(false)
})

test('any piece is opened alone, and what is not what its writer said is amiss when all of it was', async () => {
  const data = content(200_000)
  const { blob, seal } = await sealBlob(new Blob([data]))
  const opener = new Opener({ ...seal, plain: '00'.repeat(32) }, data.length)
  const [first, last] = [await bytesOf(blob.slice(0, BLOB_PIECE_BYTES)), await bytesOf(blob.slice(BLOB_PIECE_BYTES))]
  expect(isSame(await opener.open(BLOB_PIECE_BYTES, last), data.slice(BLOB_PIECE_BYTES))).toBe(true)
  expect(opener.isAmiss).toBe(false)
  await opener.open(0, first)
  await opener.open(BLOB_PIECE_BYTES, last)
  expect(opener.isAmiss).toBe(true)
})
