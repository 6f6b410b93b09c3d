/** What makes one list of documents into another: what a live query tells. */

import type { Doc } from './types.ts'

/** A register whose newest version stands somewhere else. */
export interface Move<T> {
  readonly before: number
  readonly after: number
  readonly doc: Doc<T>
}

/**
 * What makes the list of before into the list of after.
 *
 * Take out what is at the indexes of *removed* and at those of *moved* before; put in what *added* and *moved* say, in
 * the order of their indexes afterwards; put *changed* in place of what is at its indexes then.
 */
export interface Difference<T> {
  /** By their indexes in the list of after. */
  readonly added: readonly (readonly [index: number, doc: Doc<T>])[]
  /** By their indexes in the list of before. */
  readonly removed: readonly (readonly [index: number, doc: Doc<T>])[]
  readonly moved: readonly Move<T>[]
  /** Registers that have a newer version and stand where they stood, by their indexes in the list of after. */
  readonly changed: readonly (readonly [index: number, doc: Doc<T>])[]
}

/** Say what makes *before* into *after*; null when they are the same. */
export function differenceOf<T>(before: readonly Doc<T>[], after: readonly Doc<T>[]): Difference<T> | null {
  const [olds, news] = [indexesOf(before), indexesOf(after)]
  const removed = [...olds].flatMap(([name, at]) => (news.has(name) ? [] : entry(before, at)))
  const added = [...news].flatMap(([name, at]) => (olds.has(name) ? [] : entry(after, at)))
  const still = longestRun([...news].flatMap(([name]) => olds.get(name) ?? []))
  const moved: Move<T>[] = []
  const changed: (readonly [number, Doc<T>])[] = []
  for (const [name, at] of news) {
    const [doc, old] = [after[at], olds.get(name)]
    if (doc === undefined || old === undefined) continue
    if (!still.has(old)) moved.push({ before: old, after: at, doc })
    else if (before[old]?.id !== doc.id) changed.push([at, doc])
  }
  const isSame = removed.length + added.length + moved.length + changed.length === 0
  return isSame ? null : { added, removed, moved, changed }
}

/** Give the list of after, from that of before. */
export function apply<T>(difference: Difference<T>, before: readonly Doc<T>[]): Doc<T>[] {
  const { added, removed, moved, changed } = difference
  const gone = new Set([...removed.map(([at]) => at), ...moved.map(move => move.before)])
  const docs = before.filter((_, at) => !gone.has(at))
  const coming = [...added, ...moved.map(({ after, doc }) => [after, doc] as const)]
  for (const [at, doc] of coming.sort(([one], [other]) => one - other)) docs.splice(at, 0, doc)
  for (const [at, doc] of changed) docs[at] = doc
  return docs
}

function entry<T>(docs: readonly Doc<T>[], at: number): (readonly [number, Doc<T>])[] {
  const doc = docs[at]
  return doc === undefined ? [] : [[at, doc]]
}

/** Give where what stands: versions of one register are one thing. */
function indexesOf<T>(docs: readonly Doc<T>[]): Map<string, number> {
  return new Map(docs.map(({ id, key, author }, at) => [key === null ? id : `${author}/${key}`, at]))
}

/** Give the largest set of *places* that stand in ascending order. */
function longestRun(places: readonly number[]): ReadonlySet<number> {
  const ends: number[] = []
  const before = new Map<number, number | undefined>()
  for (const place of places) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < place) low = middle + 1
      else high = middle
    }
    before.set(place, ends[low - 1])
    ends[low] = place
  }
  const run = new Set<number>()
  for (let place = ends.at(-1); place !== undefined; place = before.get(place)) run.add(place)
  return run
}
