import { expect, test } from 'vitest'
import { deriveUrl, libsodiumUrl, wasmUrl, workerUrl } from '../../src/adapters/addresses.ts'

test('what is loaded later lies beside the script that loads it', () => {
  for (const [url, name] of [
    [workerUrl(), 'verify-worker.js'],
    [deriveUrl(), 'derive-worker.js'],
    [libsodiumUrl(), 'libsodium.js'],
    [wasmUrl(), 'secp256k1.wasm'],
  ] as const) {
    expect(url.href).toBe(new URL(`../../src/adapters/${name}`, import.meta.url).href)
  }
})
