/** The system's clocks and its source of chance, for drivers. */

import { clamped, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import type { Rng } from '../core/rng.ts'
import { ConfigError } from '../errors.ts'

/** Browsers give at most so many random bytes at once (Web Cryptography, `getRandomValues`). */
const DRAW_BYTES_MAX = 65_536

/** Give what reads both clocks of the system. */
export function systemClock(): () => Moment {
  return () => ({
    monotonic: (performance.now() / 1_000) as Monotonic,
    unix: clamped(Date.now() / 1_000),
  })
}

/** Give *now* in microseconds, as fine as the system's clock says; whole seconds when *now* is of another clock. */
export function microseconds(now: UnixTime): number {
  const read = Date.now() * 1_000
  return Math.floor(read / 1e6) === now ? read : now * 1e6
}

/** Give the system's source of chance, fit for keys and nonces. */
export function systemRng(): Rng {
  return { randomBytes, uniform, sample, uint32 }
}

function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count)
  for (let at = 0; at < count; at += DRAW_BYTES_MAX) crypto.getRandomValues(bytes.subarray(at, at + DRAW_BYTES_MAX))
  return bytes
}

function uint32(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return number
}

/** Draw 53 bits, as many as a number below 1 can have. */
function fraction(): number {
  return ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53
}

function uniform(low: number, high: number): number {
  return low + (high - low) * fraction()
}

function sample<T>(items: readonly T[], count: number): T[] {
  if (!(count >= 0 && count <= items.length)) {
    throw new ConfigError(`${count} different ones of ${items.length} cannot be drawn`)
  }
  const left = [...items]
  const drawn: T[] = []
  while (drawn.length < count) drawn.push(...left.splice(Math.floor(fraction() * left.length), 1))
  return drawn
}
