/**
 * Which records of a batch, and which that are here, its authors deleted: monotone, so that all peers agree.
 *
 * Marks rest in the store; only those that matter for one batch are here, and for no longer than it takes.
 */

import {
  doesCover,
  type Mark,
  type Name,
  namesDeleted,
  namesOf,
  newestOf,
  type Outline,
  outlineOf,
  type Question,
} from '../core/deletion.ts'
import { KIND_DELETION, type Record, type RecordId } from '../core/record.ts'

/** The deletions of one batch, and what the store answered. */
export class Tombstones {
  readonly #deletions = new Map<Name, Record[]>()
  readonly #marks = new Map<Name, Mark[]>()

  constructor(deletions: readonly Record[] = []) {
    for (const deletion of deletions) for (const name of namesDeleted(deletion)) push(this.#deletions, name, deletion)
  }

  /** Nothing is named. */
  get isEmpty(): boolean {
    return this.#deletions.size + this.#marks.size === 0
  }

  /** What the deletions of the batch name, each once. */
  get targets(): Name[] {
    return [...this.#deletions.keys()]
  }

  /** Take what the store knows. */
  learn(marks: readonly Mark[]): void {
    for (const mark of marks) push(this.#marks, mark.name, mark)
  }

  /** Give the deletion that covers a record: the newest, the lowest id when several are. */
  covering(outline: Outline): RecordId | null {
    const marks = namesOf(outline).flatMap(name => {
      const named = this.#deletions.get(name) ?? []
      const own = named.map(({ author, createdAt, id }): Mark => ({ name, author, createdAt, deletion: id }))
      return [...own, ...(this.#marks.get(name) ?? [])]
    })
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

function push<T>(lists: Map<Name, T[]>, name: Name, item: T): void {
  const list = lists.get(name)
  if (list === undefined) lists.set(name, [item])
  else list.push(item)
}
