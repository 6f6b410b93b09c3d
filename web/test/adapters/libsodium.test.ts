import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test, vi } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { argon2id } from '../../src/adapters/libsodium.ts'
import { readPassphrase } from '../../src/core/seal.ts'
import type { RoomTag } from '../../src/core/signal.ts'

const VECTORS = vectors.passphrases.slice(0, 2)
const GIVEN = VECTORS.map(({ passphrase, room }) => readPassphrase(passphrase, room as RoomTag))

test('libsodium makes the secrets that Python makes', async () => {
  const made = await Promise.all(GIVEN.map(argon2id))
  expect(made.map(bytesToHex)).toEqual(VECTORS.map(({ secret }) => secret))
})

test('without the memory for it nothing is made', async () => {
  const growing = vi.spyOn(WebAssembly.Memory.prototype, 'grow')
  growing.mockImplementation(() => {
    throw new RangeError('as browsers say on machines that have no more')
  })
  try {
    await expect(argon2id(GIVEN[0] as (typeof GIVEN)[number])).rejects.toThrow(RangeError)
    expect(growing).toHaveBeenCalled()
  } finally {
    growing.mockRestore()
  }
})
