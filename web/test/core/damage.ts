/** Bytes made to harm, drawn from a seeded source so that every run sees the same ones. */
import { concatBytes } from '@noble/hashes/utils.js'
import type { Rng } from '../../src/core/rng.ts'

/** Draw a whole number from 0 to *most*. */
export function below(rng: Rng, most: number): number {
  return rng.uint32() % (most + 1)
}

/** Cut up to four bytes out of *bytes* and put up to four others in their place. */
export function damaged(rng: Rng, bytes: Uint8Array): Uint8Array {
  const start = below(rng, bytes.length)
  const end = Math.min(bytes.length, start + below(rng, 4))
  return concatBytes(bytes.subarray(0, start), rng.randomBytes(below(rng, 4)), bytes.subarray(end))
}

/** Draw up to *most* bytes. */
export function noise(rng: Rng, most: number): Uint8Array {
  return rng.randomBytes(below(rng, most))
}
