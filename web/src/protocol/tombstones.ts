/** Which records their authors deleted (NIP-09): monotone, so that every peer agrees whatever came first. */

import { deletes, KIND_DELETION, type Record, type RecordId } from '../core/record.ts'

/** Ids that deletions name, with the author and time that make a deletion count. */
export class Tombstones {
  readonly #marks = new Map<RecordId, Map<RecordId, Record>>()

  constructor(deletions: Iterable<Record> = []) {
    for (const deletion of deletions) this.add(deletion)
  }

  /** How many ids are named. */
  get size(): number {
    return this.#marks.size
  }

  /** Remember every id that *deletion* names. */
  add(deletion: Record): void {
    for (const target of deletes(deletion)) {
      const marks = this.#marks.get(target) ?? new Map<RecordId, Record>()
      this.#marks.set(target, marks.set(deletion.id, deletion))
    }
  }

  /** Forget *deletion*, which did not become a member after all. */
  remove(deletion: Record): void {
    for (const target of deletes(deletion)) {
      const marks = this.#marks.get(target)
      marks?.delete(deletion.id)
      if (marks?.size === 0) this.#marks.delete(target)
    }
  }

  /**
   * Give the deletion that covers *record*, the lowest id when several do.
   *
   * A deletion covers what its own author made, no later than itself; deletions cannot be deleted.
   */
  covering(record: Record): RecordId | null {
    let lowest: RecordId | null = null
    for (const mark of this.#marks.get(record.id)?.values() ?? []) {
      if (doesCover(mark, record) && (lowest === null || mark.id < lowest)) lowest = mark.id
    }
    return lowest
  }

  /** Drop deletions made before *before*, in Unix seconds: what they cover is older still, and gone too. */
  forgetBefore(before: number): void {
    for (const [target, marks] of this.#marks) {
      for (const mark of marks.values()) {
        if (mark.createdAt < before) marks.delete(mark.id)
      }
      if (marks.size === 0) this.#marks.delete(target)
    }
  }
}

/** Say whether *deletion*, which names *record*, may delete it. */
export function doesCover(deletion: Record, record: Record): boolean {
  return record.kind !== KIND_DELETION && deletion.author === record.author && deletion.createdAt >= record.createdAt
}
