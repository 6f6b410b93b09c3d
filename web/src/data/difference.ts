/** What makes one list of documents into another: what a live query tells. */

import type { Doc } from './types.ts'

/** A document in a list; *identity* is equal for versions of one register, and *version* for one of them alone. */
export interface Place<T> {
  readonly identity: string
  readonly version: string
  readonly doc: Doc<T>
}

/** A register whose newest version stands somewhere else. */
export interface Move<T> {
  readonly before: number
  readonly after: number
  readonly doc: Doc<T>
}

/**
 * What makes the list of before into the list of after, as `apply` does it.
 *
 * Take out what is at the indexes of *removed* and at those of *moved* before; put in what *added* and *moved* say, in
 * the order of their indexes afterwards; put *changed* in place of what is at its indexes then.
 */
export interface Difference<T> {
  /** By their indexes in the list of after. */
  readonly added: readonly Indexed<T>[]
  /** By their indexes in the list of before. */
  readonly removed: readonly Indexed<T>[]
  readonly moved: readonly Move<T>[]
  /** Registers that have a newer version and stand where they stood, by their indexes in the list of after. */
  readonly changed: readonly Indexed<T>[]
}

/** A document and where it stands. */
export type Indexed<T> = readonly [index: number, doc: Doc<T>]

/** Say what makes *before* into *after*; null when they are the same. */
export function differenceOf<T>(before: readonly Place<T>[], after: readonly Place<T>[]): Difference<T> | null {
  const [olds, news] = [indexesOf(before), indexesOf(after)]
  const removed = [...olds].flatMap(([name, at]) => (news.has(name) ? [] : entry(before, at)))
  const added = [...news].flatMap(([name, at]) => (olds.has(name) ? [] : entry(after, at)))
  const common = [...olds.keys()].filter(name => news.has(name))
  const versionIn = (places: readonly Place<T>[], at: number | undefined) => places[at ?? -1]?.version
  const stays = new Set(common.filter(name => versionIn(before, olds.get(name)) === versionIn(after, news.get(name))))
  const coming = [...news.keys()].filter(name => olds.has(name))
  const still = stays.size === common.length ? stays : stillOf(common, coming, stays)
  const moved: Move<T>[] = []
  const changed: Indexed<T>[] = []
  for (const name of coming) {
    const [from = -1, to = -1] = [olds.get(name), news.get(name)]
    for (const [at, doc] of entry(after, to)) {
      if (!still.has(name)) moved.push({ before: from, after: at, doc })
      else if (!stays.has(name)) changed.push([at, doc])
    }
  }
  const isSame = removed.length + added.length + moved.length + changed.length === 0
  return isSame ? null : { added, removed, moved, changed }
}

/** Give the list of after, from that of before. */
export function apply<T>({ added, removed, moved, changed }: Difference<T>, before: readonly Doc<T>[]): Doc<T>[] {
  const gone = new Set([...removed.map(([at]) => at), ...moved.map(move => move.before)])
  const docs = before.filter((_, at) => !gone.has(at))
  const coming = [...added, ...moved.map(({ after, doc }) => [after, doc] as const)]
  for (const [at, doc] of coming.sort(([one], [other]) => one - other)) docs.splice(at, 0, doc)
  for (const [at, doc] of changed) docs[at] = doc
  return docs
}

function entry<T>(places: readonly Place<T>[], at: number): Indexed<T>[] {
  const place = places[at]
  return place === undefined ? [] : [[at, place.doc]]
}

/** Give those of what is in both that need not move; *stays* do not, and stand in one order in both. */
function stillOf(before: readonly string[], after: readonly string[], stays: ReadonlySet<string>): Set<string> {
  const [old, now] = [gapsOf(before, stays), gapsOf(after, stays)]
  const still = new Set(stays)
  for (const [gap, names] of old) {
    const others = now.get(gap) ?? []
    const here = names.filter(name => others.includes(name))
    const there = others.filter(name => names.includes(name))
    if (here.every((name, at) => name === there[at])) for (const name of here) still.add(name)
  }
  return still
}

/** Give what stands after each of *stays*, and what before all of them. */
function gapsOf(names: readonly string[], stays: ReadonlySet<string>): Map<string | null, string[]> {
  const found = new Map<string | null, string[]>()
  let gap: string | null = null
  for (const name of names) {
    if (stays.has(name)) gap = name
    else found.set(gap, [...(found.get(gap) ?? []), name])
  }
  return found
}

/** Give where what stands; two versions of one register, which may meet for a moment, by their versions. */
function indexesOf<T>(places: readonly Place<T>[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { identity } of places) counts.set(identity, (counts.get(identity) ?? 0) + 1)
  return new Map(
    places.map(({ identity, version }, at) => [counts.get(identity) === 1 ? identity : `${identity} ${version}`, at]),
  )
}
