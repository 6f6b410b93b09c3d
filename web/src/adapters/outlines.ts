/** What deletions name and what they say, for stores that keep their records in memory. */

import { type Mark, marksOf, type Name, newestOf, type Outline, outlineOf, type Question } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'

/** Records by what deletions may name them, and the marks of deletions. */
export class Outlines {
  readonly #outlines = new Map<RecordId, Outline>()
  readonly #versions = new Map<Name, Set<RecordId>>()
  readonly #marks = new Map<string, Map<RecordId, Mark>>()

  constructor(records: Iterable<Record> = []) {
    for (const record of records) this.add(record)
  }

  /** Take in *record*. */
  add(record: Record): void {
    const outline = outlineOf(record)
    this.#outlines.set(record.id, outline)
    if (outline.address !== null) {
      this.#versions.set(outline.address, (this.#versions.get(outline.address) ?? new Set()).add(record.id))
    }
    for (const mark of marksOf([record])) {
      const key = mark.name + mark.author
      this.#marks.set(key, (this.#marks.get(key) ?? new Map<RecordId, Mark>()).set(record.id, mark))
    }
  }

  /** Say whether the outline of a record is here. */
  has(id: RecordId): boolean {
    return this.#outlines.has(id)
  }

  /** Let go of a record; *record* is its content, if that is here still. */
  remove(id: RecordId, record: Record | undefined): void {
    const address = this.#outlines.get(id)?.address ?? ''
    this.#outlines.delete(id)
    takeOut(this.#versions, address, id)
    for (const { name, author } of record === undefined ? [] : marksOf([record])) {
      takeOut(this.#marks, name + author, id)
    }
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
    return questions.flatMap(([name, author]) => newestOf([...(this.#marks.get(name + author)?.values() ?? [])]) ?? [])
  }

  /** Give the authors of all marks. */
  deleters(): Set<PublicKey> {
    return new Set([...this.#marks.values()].flatMap(marks => [...marks.values()].map(mark => mark.author)))
  }

  /** Give every keyed record. */
  versions(): Outline[] {
    return this.everything().filter(outline => outline.address !== null)
  }
}

function takeOut(sets: Map<string, { delete(id: RecordId): boolean; size: number }>, key: string, id: RecordId): void {
  const set = sets.get(key)
  set?.delete(id)
  if (set?.size === 0) sets.delete(key)
}
