import { readFile } from 'node:fs/promises'
import { schnorr } from '@noble/curves/secp256k1.js'
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import bip340 from '../../../tests/vectors/bip340.json' with { type: 'json' }
import { type Engine, loadEngine, NOBLE, SIGNED_BYTES, wasmEngine } from '../../src/adapters/engine.ts'
import { PARSED_KEYS_CACHED } from '../../src/core/keys.ts'

const BINARY = await readFile(new URL('../../node_modules/nostr-wasm/public/out/secp256k1.wasm', import.meta.url))
const WASM = await wasmEngine(BINARY)
const MESSAGE_HEX_DIGITS = 64

const vectors = bip340.vectors.filter(vector => vector.message.length === MESSAGE_HEX_DIGITS)

function signedBy(secret: Uint8Array, id: Uint8Array): Uint8Array {
  return concatBytes(schnorr.getPublicKey(secret), id, schnorr.sign(id, secret, new Uint8Array(32)))
}

function secretOf(number: number): Uint8Array {
  const secret = new Uint8Array(32)
  new DataView(secret.buffer).setUint32(28, number)
  return secret
}

for (const engine of [NOBLE, WASM]) {
  test(`the engine ${engine.name} agrees with every vector of BIP-340 that signs 32 bytes`, () => {
    expect(vectors.length).toBe(15)
    for (const vector of vectors) {
      const signed = hexToBytes(vector.public_key + vector.message + vector.signature)
      expect(engine.verify(signed), vector.comment).toBe(vector.is_valid)
    }
  })

  test(`the engine ${engine.name} refuses a signature with any one byte changed`, () => {
    const signed = signedBy(secretOf(7), secretOf(1))
    expect(engine.verify(signed)).toBe(true)
    for (let at = 0; at < SIGNED_BYTES; at++) {
      const forged = Uint8Array.from(signed)
      forged[at] = (forged[at] ?? 0) ^ 1
      expect(engine.verify(forged), `byte ${at}`).toBe(false)
    }
    expect(engine.verify(signed)).toBe(true)
  })

  test(`the engine ${engine.name} refuses a true signature under another's name`, () => {
    const [mine, theirs] = [signedBy(secretOf(7), secretOf(1)), signedBy(secretOf(8), secretOf(1))]
    expect(engine.verify(concatBytes(theirs.subarray(0, 32), mine.subarray(32)))).toBe(false)
  })
}

test('authors that were forgotten are known again when they come back, between others that are none', async () => {
  const engine = await wasmEngine(BINARY)
  const first = signedBy(secretOf(7), secretOf(1))
  const second = signedBy(secretOf(8), secretOf(1))
  const judged = [engine.verify(first), engine.verify(second)]
  // Half of all numbers are the x of a point: three times as many make the engine forget every one it knew.
  for (let number = 0; number < 3 * PARSED_KEYS_CACHED; number++) {
    judged.push(!engine.verify(concatBytes(secretOf(number), first.subarray(32))))
    if (number % PARSED_KEYS_CACHED === 0) judged.push(engine.verify(first), engine.verify(second))
  }
  expect(judged).not.toContain(false)
})

test('an engine whose binary is not libsecp256k1 is refused', async () => {
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
  await expect(wasmEngine(empty)).rejects.toThrow('the WebAssembly engine shows no memory')
  await expect(wasmEngine(new TextEncoder().encode('<!doctype html>'))).rejects.toThrow(WebAssembly.CompileError)
})

test('an engine that cannot be fetched is replaced by noble', async () => {
  const engine: Engine = await loadEngine('data:application/wasm;base64,AGFzbQEAAAA=')
  expect(engine).toBe(NOBLE)
  expect(await loadEngine('nowhere:secp256k1.wasm')).toBe(NOBLE)
})

test('an engine is loaded from an address', async () => {
  const engine = await loadEngine(`data:application/wasm;base64,${BINARY.toString('base64')}`)
  expect(engine.name).toBe('wasm')
})
