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

/** The blobs that records name, of which *seeing* knows what is seen. */
export class Names {
  readonly #seeing: Seeing
  readonly #namers = new Map<string, Map<RecordId, PublicKey>>()
  readonly #names = new Map<string, BlobName>()

  constructor(seeing: Seeing) {
    this.#seeing = seeing
  }

  /** Note what *record* names; give that, or null. */
  add({ id, author, tags }: Record): BlobName | null {
    const name = readBlobTag(tags)
    if (name === null) return null
    const namers = this.#namers.get(name.root) ?? new Map<RecordId, PublicKey>()
    this.#namers.set(name.root, namers.set(id, author))
    this.#names.set(name.root, name)
    return name
  }

  /** All that are named. */
  get all(): readonly BlobName[] {
    return [...this.#names.values()]
  }

  /** Give who wrote a record that names it. */
  authorsOf(root: string): ReadonlySet<PublicKey> {
    return new Set(this.#namers.get(root)?.values())
  }

  /** Say whether *author* wrote a record that names it. */
  isBy(root: string, author: PublicKey): boolean {
    return [...(this.#namers.get(root)?.values() ?? [])].includes(author)
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
      this.#names.delete(root)
    }
    return records
  }
}
