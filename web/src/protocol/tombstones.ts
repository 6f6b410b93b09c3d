/**
 * Which records of a batch, and which that are here, its authors deleted: monotone, so that all peers agree.
 *
 * Marks rest in the store; only those that matter for one batch are here, and for no longer than it takes.
 */

import {
  doesCover,
  type Mark,
  marksOf,
  namesOf,
  newestOf,
  type Outline,
  outlineOf,
  type Question,
} from '../core/deletion.ts'
import { KIND_DELETION, type Record, type RecordId } from '../core/record.ts'

/** The deletions of one batch, and what the store answered. */
export class Tombstones {
  /** By name and author. */
  readonly #marks = new Map<string, Mark[]>()

  constructor(deletions: readonly Record[] = [], marks: readonly Mark[] = []) {
    for (const mark of [...marks, ...marksOf(deletions)]) {
      const key = mark.name + mark.author
      const beside = this.#marks.get(key)
      if (beside === undefined) this.#marks.set(key, [mark])
      else beside.push(mark)
    }
  }

  /** Nothing is named. */
  get isEmpty(): boolean {
    return this.#marks.size === 0
  }

  /** Give the deletion that covers a record: the newest, the lowest id when several are. */
  covering(outline: Outline): RecordId | null {
    const marks = namesOf(outline).flatMap(name => this.#marks.get(name + outline.author) ?? [])
    return newestOf(marks.filter(mark => doesCover(mark, outline)))?.deletion ?? null
  }
}

/** Give what to ask of the store before *records* become members: whether deletions of their authors name them. */
export function questionsAbout(records: readonly Record[]): Question[] {
  const questions = new Map<string, Question>()
  for (const record of records) {
    if (record.kind === KIND_DELETION) continue
    for (const name of namesOf(outlineOf(record))) questions.set(name + record.author, [name, record.author])
  }
  return [...questions].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, question]) => question)
}
