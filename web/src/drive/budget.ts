/**
 * What may be fetched before anybody reads it: as much as fits, and of each author no more than one may take.
 *
 * So nobody's files fill the storage of all who keep everything. What somebody here reads is fetched all the same.
 */

import type { HeldBlob } from '../adapters/blob-store.ts'
import type { BlobName } from '../core/blob.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Allowance } from './limits.ts'
import type { Names } from './names.ts'

/** Counts what is *held*, and what is begun, by who *names* it; *key* is ours, and takes what it will. */
export class Budget {
  readonly #limits: Allowance
  readonly #names: Names
  readonly #key: PublicKey
  readonly #taken = new Map<PublicKey, number>()
  #total = 0

  constructor(limits: Allowance, names: Names, key: PublicKey, held: readonly HeldBlob[]) {
    this.#limits = limits
    this.#names = names
    this.#key = key
    for (const { name, bytes } of held) this.#count(name, bytes)
  }

  /**
   * Count a blob of which *kept* bytes are here as whole; false, and nothing is counted, when it does not fit.
   *
   * One that several authors name counts as each one's, and fits when it does with any of them.
   */
  take(name: BlobName, kept: number): boolean {
    const { authorBytes, blobBytes, roomBytes } = this.#limits
    const more = name.size - kept
    const authors = this.#names.authorsOf(name.root)
    const fits = authors.has(this.#key) || [...authors].some(each => (this.#taken.get(each) ?? 0) + more <= authorBytes)
    if (!fits || this.#total + more > roomBytes || name.size > blobBytes) return false
    this.#count(name, more)
    return true
  }

  #count({ root }: BlobName, size: number): void {
    this.#total += size
    for (const author of this.#names.authorsOf(root)) this.#taken.set(author, (this.#taken.get(author) ?? 0) + size)
  }
}
