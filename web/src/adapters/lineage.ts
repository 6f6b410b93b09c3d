/** How documents follow each other, and what was seen before. Loaded once somebody asks for that. */

import type { RecordId } from '../core/record.ts'
import type { Definition } from '../documents/definition.ts'
import { ABSENT, EXPIRED, present, type State, type Version, VOID, winnerFirst } from '../documents/document.ts'
import type { Link, Slot } from '../documents/plan.ts'
import type { Access } from './access.ts'
import { BY_TIME, SEEN, type Stored, signerOf, UNSEEN } from './doc.ts'
import type { Shelf } from './documents.ts'
import { docKeys, only, parentKey, slotKeys } from './sorted.ts'

/** Give what was seen at the stamp *at*, of all of a collection. */
export function asOf(at: number, docs: readonly Stored[], { isShared }: Definition): Stored[] {
  const slots = new Map<string, Stored[]>()
  for (const doc of docs) {
    if (doc.stamp > at) continue
    const name = doc.key === null ? doc.id : JSON.stringify([doc.key, isShared || doc.author])
    const slot = slots.get(name)
    if (slot === undefined) slots.set(name, [doc])
    else slot.push(doc)
  }
  return [...slots.values()].flatMap(versions => {
    const winner = present(versions)[0]
    return winner === undefined || (winner.state & (VOID | EXPIRED)) !== 0 ? [] : [winner]
  })
}

/** Give the versions of each of *slots*, the winner first, whatever their state. */
export async function versionsIn(shelf: Shelf, definition: Definition, slots: readonly Slot[]): Promise<Version[][]> {
  const { name, isShared } = definition
  const found = slots.map(async ({ key, author }) => {
    const docs = await shelf.find(slotKeys(name, key, author, isShared))
    const asked = docs.filter(doc => author === null || doc.author === author).sort(winnerFirst)
    return asked.map(doc => {
      const { id, stamp, state, parents } = doc
      return { id, author: signerOf(doc), stamp, state, parents }
    })
  })
  return await Promise.all(found)
}

/** Give the ids of what has a bit of *state*, in order. */
export async function markedIn(shelf: Shelf, state: State): Promise<RecordId[]> {
  const docs = await shelf.everything()
  return docs.flatMap(doc => ((doc.state & state) === 0 ? [] : [doc.id])).sort()
}

/** Give what counts of a collection and nothing follows, newest first, at most *limit*. */
export async function headsIn(shelf: Shelf, { name, isShared }: Definition, limit: number): Promise<Stored[]> {
  const heads: Stored[] = []
  for await (const doc of newestOf(shelf, name)) {
    if (heads.length >= limit) break
    const children = await shelf.find(only(parentKey(doc.id)))
    if (!children.some(child => doesFollow(child, doc, isShared))) heads.push(doc)
  }
  return heads
}

/** Give what counts of a collection, whether readers see it or not, newest first. */
async function* newestOf(shelf: Shelf, collection: string): AsyncGenerator<Stored> {
  const unseen = present(await shelf.find(docKeys(UNSEEN, collection)))
  for await (const seen of shelf.read(collection, EVERYTHING)) {
    const last = seen.at(-1)
    const later = last === undefined ? -1 : unseen.findIndex(doc => winnerFirst(doc, last) > 0)
    const between = unseen.splice(0, later < 0 ? unseen.length : later)
    yield* [...between, ...seen].sort(winnerFirst)
  }
  yield* unseen
}

const EVERYTHING: Access = {
  ...{ index: SEEN, terms: BY_TIME, lower: '', upper: null },
  ...{ isBackward: false, isOrdered: true, isExact: true, part: null },
}

/** Give the links between *ids* and their parents, or their children, by the ids of both. */
export async function linksOf(shelf: Shelf, ids: readonly RecordId[], ofParents: boolean): Promise<Link[]> {
  const found = await Promise.all(
    ids.map(async id => (ofParents ? shelf.find(only(parentKey(id))) : [await shelf.get(id)])),
  )
  const links = found.flatMap((docs, at) =>
    docs.flatMap(doc => {
      const parents = ofParents ? [ids[at]] : (doc?.parents ?? [])
      return parents.flatMap(parent => (parent === undefined || doc === undefined ? [] : [{ parent, child: doc.id }]))
    }),
  )
  return links.sort((one, other) => (one.parent + one.child < other.parent + other.child ? -1 : 1))
}

/** Say whether a link counts: a document of its own follows any, and a version those of its register. */
function doesFollow(child: Stored, parent: Stored, isShared: boolean): boolean {
  const isOfSame = child.key === parent.key && (isShared || child.author === parent.author)
  if (child.collection !== parent.collection || !(child.key === null || isOfSame)) return false
  return (child.state & ABSENT) === 0 && parent.stamp < child.stamp
}
