/** What deletions name and what they say, for stores that keep their records in memory. */

import { type Mark, type Name, newestOf, type Outline, outlineOf, type Question } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import { Marks } from './marks.ts'

/** Records by what deletions may name them, and the marks of deletions. */
export class Outlines {
  readonly #outlines = new Map<RecordId, Outline>()
  readonly #versions = new Map<Name, Set<RecordId>>()
  readonly #marks = new Marks()

  constructor(records: Iterable<Record> = []) {
    for (const record of records) this.add(record)
  }

  /** Take in *record*. */
  add(record: Record): void {
    this.keep(outlineOf(record))
    this.#marks.add(record)
  }

  /** Take in all that is left of a record that was purged, and is no deletion. */
  keep(outline: Outline): void {
    const { id, address } = outline
    this.#outlines.set(id, outline)
    if (address !== null) this.#versions.set(address, (this.#versions.get(address) ?? new Set()).add(id))
  }

  /** Say whether the outline of a record is here. */
  has(id: RecordId): boolean {
    return this.#outlines.has(id)
  }

  /** Give the outline of a record that is here. */
  get(id: RecordId): Outline | undefined {
    return this.#outlines.get(id)
  }

  /** Let go of a record; *record* is its content, if that is here still. */
  remove(id: RecordId, record: Record | undefined): void {
    const address = this.#outlines.get(id)?.address ?? ''
    this.#outlines.delete(id)
    const versions = this.#versions.get(address)
    versions?.delete(id)
    if (versions?.size === 0) this.#versions.delete(address)
    if (record !== undefined) this.#marks.remove(record)
  }

  /** Give every outline. */
  everything(): Outline[] {
    return [...this.#outlines.values()]
  }

  /** Give what is here under *names*, each once, by id. */
  named(names: readonly Name[]): Outline[] {
    const ids = new Set(names.flatMap(name => [name as RecordId, ...(this.#versions.get(name) ?? [])]))
    return [...ids].sort().flatMap(id => this.#outlines.get(id) ?? [])
  }

  /** Give the newest mark for each question that any answers. */
  marks(questions: readonly Question[]): Mark[] {
    return questions.flatMap(([name, author]) => {
      const deletions = this.#marks.of(name, author).flatMap(id => this.#outlines.get(id) ?? [])
      const marks = deletions.map(({ id, createdAt }): Mark => ({ name, author, createdAt, deletion: id }))
      return newestOf(marks) ?? []
    })
  }

  /** Give the authors of all marks. */
  deleters(): Set<PublicKey> {
    return this.#marks.authors()
  }

  /** Give every record that has versions. */
  versions(): Outline[] {
    return this.everything().filter(outline => outline.address !== null)
  }
}
