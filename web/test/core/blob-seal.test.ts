/** Sealed blobs have sizes as tests/vectors/blobs.json has them; test/drive/sealing.test.ts seals as it does. */
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/blobs.json' with { type: 'json' }
import { paddedSize, readBlobSeal } from '../../src/core/blob-seal.ts'
import { BLOB_BYTES_MAX, BLOB_INLINE_BYTES_MAX } from '../../src/core/limits.ts'

test.each(vectors.sizes as [number, number][])('%i bytes are sealed in %i', (size, padded) => {
  expect(paddedSize(size)).toBe(padded)
  expect(paddedSize(padded)).toBe(padded)
})

test('the sizes of blobs are few', () => {
  let seen = 0
  for (let size = BLOB_INLINE_BYTES_MAX + 1; size <= BLOB_BYTES_MAX; seen++) size = paddedSize(size) + 1
  expect(seen).toBe(792)
})

test('a key and a root are 32 bytes in hex', () => {
  const octets = 'ab'.repeat(32)
  expect(readBlobSeal(octets, octets)).toEqual({ key: octets, plain: octets })
  for (const wrong of [undefined, 7, 'ab', octets.toUpperCase()]) {
    expect([readBlobSeal(wrong, octets), readBlobSeal(octets, wrong)]).toEqual([null, null])
  }
})
