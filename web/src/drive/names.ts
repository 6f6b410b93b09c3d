/** Which blobs the records of a room name, and whether readers see such a record. */

import { type BlobName, readBlobTag } from '../core/blob.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'

/** What of the room's records is here, and what of it readers see. */
export interface Seeing {
  /** Give those that are here with their content, hidden or not. */
  get(ids: readonly RecordId[]): Promise<Record[]>
  /** Say whether a record is kept from readers, could they open it or not. */
  isWithheld(record: Record): boolean
}

/** Of the sizes that records say a blob has, so many are tried before anybody reads it, those said first. */
const SIZES_MAX = 8

interface Namer {
  readonly author: PublicKey
  readonly size: number
}

/**
 * The blobs that records name, of which *seeing* knows what is seen.
 *
 * A blob has one size, and a record may say another: a mistake, or to keep others from the blob.
 */
export class Names {
  readonly #seeing: Seeing
  readonly #namers = new Map<string, Map<RecordId, Namer>>()
  /** The sizes that a giver has shown to be wrong. */
  readonly #wrong = new Map<string, Set<number>>()

  constructor(seeing: Seeing) {
    this.#seeing = seeing
  }

  /** Note what *record* names; give that, or null. */
  add({ id, author, tags }: Record): BlobName | null {
    const name = readBlobTag(tags)
    if (name === null) return null
    const namers = this.#namers.get(name.root) ?? new Map<RecordId, Namer>()
    this.#namers.set(name.root, namers.set(id, { author, size: name.size }))
    return name
  }

  /** All that are named. */
  get roots(): readonly string[] {
    return [...this.#namers.keys()]
  }

  /** Give the blob by each size that it may have, as records say, that which was said first first. */
  claims(root: string): readonly BlobName[] {
    const sizes = new Set([...(this.#namers.get(root)?.values() ?? [])].map(({ size }) => size))
    const possible = [...sizes].filter(size => !this.#wrong.get(root)?.has(size))
    return possible.slice(0, SIZES_MAX).map(size => ({ root, size }))
  }

  /** Note that a giver has shown the blob to have another size. */
  refute({ root, size }: BlobName): void {
    if (this.#namers.has(root)) this.#wrong.set(root, (this.#wrong.get(root) ?? new Set()).add(size))
  }

  /** Give who wrote a record that names it. */
  authorsOf(root: string): ReadonlySet<PublicKey> {
    return new Set([...(this.#namers.get(root)?.values() ?? [])].map(({ author }) => author))
  }

  /** Say whether *author* wrote a record that names it. */
  isBy(root: string, author: PublicKey): boolean {
    return this.authorsOf(root).has(author)
  }

  /** Say whether a record names it that is not kept from readers here; of a sealed one that is enough. */
  async isSeen(root: string): Promise<boolean> {
    return (await this.#here(root)).some(record => !this.#seeing.isWithheld(record))
  }

  /** Say whether a record names it whose content is here, seen or not. */
  async isNamed(root: string): Promise<boolean> {
    return (await this.#here(root)).length > 0
  }

  async #here(root: string): Promise<Record[]> {
    const namers = this.#namers.get(root)
    if (namers === undefined) return []
    const records = await this.#seeing.get([...namers.keys()])
    const here = new Set(records.map(({ id }) => id))
    for (const id of [...namers.keys()]) if (!here.has(id)) namers.delete(id)
    if (namers.size === 0) {
      this.#namers.delete(root)
      this.#wrong.delete(root)
    }
    return records
  }
}
