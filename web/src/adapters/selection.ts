/**
 * Filters on IndexedDB: which rows can match, newest first, one UTC day after the other.
 *
 * What comes out may hold a few rows too many, so the reader asks `matches` of each; it never lacks one.
 */

import type { Entry } from '../core/block.ts'
import { dayOf } from '../core/bucket.ts'
import { DAY_SECONDS } from '../core/clock.ts'
import type { Filter } from '../core/filter.ts'
import { INTEGER_MAX } from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import { MICROSECONDS } from '../core/stamp.ts'
import { type Facet, isIndexed, isMain, type Place, type Records, type Row, tagFacet } from './database.ts'

/** Rows read at once. */
const SLICE_ROWS = 256

/** To take so many keys from a browser takes some milliseconds. */
export const PLACES_READ_AT_ONCE = 8_192

/** A field with more values than this is not looked up but asked of every row. */
const FACET_VALUES_MAX = 32

/** More ids than this are not looked up one by one: reading all keys is faster. */
const IDS_LOOKED_UP_MAX = 512

/** Fewer ids than this are looked up one by one: four questions would not be fewer. */
const RUN_IDS_MIN = 8

/** What lies between ids is read with them when it is at most so much. */
const RUN_ROWS_PER_ID_MAX = 2

/** Give the range of places from *since* to *until*, in Unix seconds, both included. */
export function span(since: number, until: number): IDBKeyRange {
  // An array is greater than every number and text, so the upper bound comes after every id of its second.
  return IDBKeyRange.bound([since], [until, []])
}

/** How a range of records falls apart when some of them stay. */
export interface Parts {
  /** Before, between and after those that stay, as far as records are there. */
  readonly runs: readonly IDBKeyRange[]
  /** How many lie in these. */
  readonly going: number
  readonly staying: readonly Place[]
}

/** Part *range* at those of *ids* that lie there; no record is read for that. */
export async function partsBetween(records: Records, range: IDBKeyRange, ids: ReadonlySet<RecordId>): Promise<Parts> {
  const runs: IDBKeyRange[] = []
  const staying: Place[] = []
  let going = 0
  let run: Place[] = []
  const end = () => {
    const [first, last] = [run[0], run.at(-1)]
    if (first !== undefined && last !== undefined) runs.push(IDBKeyRange.bound(first, last))
    going += run.length
    run = []
  }
  for (const place of await records.getAllKeys(range)) {
    if (!ids.has(place[1])) run.push(place)
    else {
      end()
      staying.push(place)
    }
  }
  end()
  return { runs, going, staying }
}

/** Read what lies at *places*. */
export async function rowsAt(records: Records, places: readonly Place[]): Promise<Row[]> {
  const rows = await Promise.all(places.map(place => records.get(place)))
  return rows.filter(row => row !== undefined)
}

/** Give the range of every place of a record. */
export function everything(): IDBKeyRange {
  return span(0, INTEGER_MAX)
}

/** Give the place of every record, in order; the page has its turn between one slice and the next. */
export async function allPlaces(records: Records): Promise<Place[]> {
  const found: Place[] = []
  const { lower, upper } = everything()
  for (let last: Place | undefined; ; ) {
    const range = IDBKeyRange.bound(last ?? lower, upper, last !== undefined)
    const some = await records.getAllKeys(range, PLACES_READ_AT_ONCE)
    for (const place of some) found.push(place)
    last = some.at(-1)
    if (some.length < PLACES_READ_AT_ONCE) return found
  }
}

/** Read what may match *query*, its ids and its limit aside: slices, newest first; no second is in two slices. */
export async function* candidates(records: Records, query: Filter): AsyncGenerator<Row[]> {
  const since = Math.max(0, query.since ?? 0)
  // Within one second, `matches` knows what comes after the cursor.
  const last = Math.floor((query.after?.stamp ?? Number.POSITIVE_INFINITY) / MICROSECONDS)
  let until = Math.min(INTEGER_MAX, query.until ?? INTEGER_MAX, last)
  const facets = narrowest(query)
  if (facets?.length === 0) return
  while (since <= until) {
    const newest = await records.openKeyCursor(span(since, until), 'prev')
    if (newest === null) return
    const first = Math.max(since, dayOf(newest.key[0]) * DAY_SECONDS)
    const places =
      facets === null ? await records.getAllKeys(span(first, until)) : await find(records, facets, first, until)
    for (const slice of slices(places)) yield await read(records, slice, facets === null)
    until = first - 1
  }
}

/** Read the rows of *ids*, by id. */
export async function rowsOf(records: Records, ids: readonly RecordId[]): Promise<Map<RecordId, Row>> {
  if (ids.length > IDS_LOOKED_UP_MAX) return byId(await pick(records, new Set(ids)))
  const found = byId(await neighbours(records, ids))
  const left = ids.filter(id => !found.has(id))
  const others = await Promise.all(left.map(id => records.index('byId').get(id)))
  return byId([...found.values(), ...others.filter(row => row !== undefined)])
}

function byId(rows: readonly Row[]): Map<RecordId, Row> {
  return new Map(rows.map(row => [row.id, row]))
}

/** Read the rows from the first of *ids* to the last, at once, when most of *ids* seem to lie there: peers get runs. */
async function neighbours(records: Records, ids: readonly RecordId[]): Promise<Row[]> {
  const [first, last] = [ids[0], ids.at(-1)]
  if (ids.length < RUN_IDS_MIN || first === undefined || last === undefined) return []
  const [start, end] = await Promise.all([records.index('byId').getKey(first), records.index('byId').getKey(last)])
  if (start === undefined || end === undefined || indexedDB.cmp(start, end) > 0) return []
  const run = IDBKeyRange.bound(start, end)
  return (await records.count(run)) > RUN_ROWS_PER_ID_MAX * ids.length ? [] : await records.getAll(run)
}

async function pick(records: Records, ids: ReadonlySet<RecordId>): Promise<Row[]> {
  const places = await records.getAllKeys()
  return read(
    records,
    places.filter(([, id]) => ids.has(id)),
    false,
  )
}

/** Choose the field of *query* with the fewest values; null when none is fit for looking up. */
function narrowest({ tags, authors, kinds }: Filter): Facet[] | null {
  const fields: [name: string, values: readonly (string | number)[]][] = []
  for (const [name, values] of tags) if (isIndexed(name)) fields.push([tagFacet(name), [...values]])
  if (authors !== null) fields.push(['author', [...authors]])
  // What is no number at all would be no legal key.
  if (kinds !== null && ![...kinds].some(isMain)) fields.push(['kind', [...kinds].filter(Number.isInteger)])
  const [best] = fields.sort(([, one], [, other]) => one.length - other.length)
  if (best === undefined || best[1].length > FACET_VALUES_MAX) return null
  return best[1].map(value => [best[0], value])
}

/** Give the places of rows with one of *facets*, each once, oldest first. */
async function find(records: Records, facets: readonly Facet[], since: number, until: number): Promise<Place[]> {
  const index = records.index('byFacet')
  const found = await Promise.all(
    facets.map(([name, value]) => index.getAllKeys(IDBKeyRange.bound([name, value, since], [name, value, until]))),
  )
  const places = new Map(found.flat().map(place => [place[1], place]))
  return [...places.values()].sort(([one, id], [other, otherId]) => one - other || (id < otherId ? -1 : 1))
}

/** Cut *places* from their end into slices of some `SLICE_ROWS`, between one second and the next. */
function* slices(places: readonly Place[]): Generator<Place[]> {
  for (let end = places.length; end > 0; ) {
    let start = Math.max(0, end - SLICE_ROWS)
    while (start > 0 && places[start - 1]?.[0] === places[start]?.[0]) start -= 1
    yield places.slice(start, end)
    end = start
  }
}

async function read(records: Records, places: readonly Place[], areNeighbours: boolean): Promise<Row[]> {
  const [first, last] = [places[0], places.at(-1)]
  if (first === undefined || last === undefined) return []
  if (areNeighbours) return records.getAll(IDBKeyRange.bound(first, last))
  return rowsAt(records, places)
}

/** Say whether a record can lie there: what another program wrote is none of ours. */
export function isPlace(place: Entry): boolean {
  return place.length === 2 && Number.isSafeInteger(place[0]) && RECORD_ID.test(String(place[1]))
}

const RECORD_ID = /^[0-9a-f]{64}$/
