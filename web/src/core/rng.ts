/** The one source of chance that machines are given: the system's in a page, a seeded one in tests. */

export interface Rng {
  /** Draw *count* random bytes. */
  randomBytes(count: number): Uint8Array
  /** Draw a number from *low* to *high*. */
  uniform(low: number, high: number): number
  /** Draw *count* different elements of *items*, in random order. */
  sample<T>(items: readonly T[], count: number): T[]
  /** Draw a whole number below 2^32. */
  uint32(): number
}
