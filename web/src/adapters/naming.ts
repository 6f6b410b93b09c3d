/** What deletions name and what they say, in a room's IndexedDB database (docs/protocol.md, "Deletion"). */

import type { UnixTime } from '../core/clock.ts'
import type { Mark, Name, Outline, Question } from '../core/deletion.ts'
import type { PublicKey } from '../core/keys.ts'
import type { RecordId } from '../core/record.ts'
import { ADDRESS, MARK, type Records, type Row, readOutline, traceId } from './database.ts'
import { rowsOf } from './selection.ts'

/** Comes after every name, address and author in hexadecimal. */
const LAST = 'g'

/** Give what is here under *names*, or was removed: perhaps by another tab, which did not tell us. */
export async function named(records: Records, names: readonly Name[]): Promise<Outline[]> {
  const ids = names as readonly RecordId[]
  const rows = await rowsOf(records, [...ids, ...ids.map(traceId)])
  const versions = await Promise.all(names.map(name => records.index('byFacet').getAll(facet(ADDRESS, name))))
  return outlinesOf([...rows.values(), ...versions.flat()])
}

/** Give every record that has versions and is here. */
export async function versions(records: Records): Promise<Outline[]> {
  const range = IDBKeyRange.bound([ADDRESS], [ADDRESS, []])
  return outlinesOf((await records.index('byFacet').getAll(range)).filter(row => row.place[0] >= 0))
}

/** Give the newest deletion for each question that any answers. */
export async function marks(records: Records, questions: readonly Question[]): Promise<Mark[]> {
  const answers = questions.map(async ([name, author]) => {
    const places = await records.index('byFacet').getAllKeys(facet(MARK, author + name))
    // Ties by lowest id: what lies in one second is ordered by it.
    const newest = places.findLast(([createdAt], at) => places[at - 1]?.[0] !== createdAt)
    if (newest === undefined) return []
    return [{ name, author, createdAt: newest[0] as UnixTime, deletion: newest[1] }]
  })
  return (await Promise.all(answers)).flat()
}

/** Give the authors of deletions. */
export async function deleters(records: Records): Promise<Set<PublicKey>> {
  const found = new Set<PublicKey>()
  let cursor = await records.index('byFacet').openKeyCursor(IDBKeyRange.bound([MARK], [MARK, []]))
  while (cursor !== null) {
    const author = String(cursor.key[1]).slice(0, 64) as PublicKey
    found.add(author)
    cursor = await cursor.continue([MARK, author + LAST, 0])
  }
  return found
}

function facet(name: string, value: string): IDBKeyRange {
  return IDBKeyRange.bound([name, value], [name, value, []])
}

/** Give the outlines of *rows*, each id once; of what was removed and came back, the one that is here. */
function outlinesOf(rows: readonly Row[]): Outline[] {
  const outlines = new Map<RecordId, Outline>()
  for (const row of rows) if (row.place[0] < 0) outlines.set(row.place[1], readOutline(row))
  for (const row of rows) if (row.place[0] >= 0) outlines.set(row.id, readOutline(row))
  return [...outlines.values()]
}
