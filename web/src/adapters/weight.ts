/**
 * How many bytes a page's database takes, about, and what each author wrote on each day: counted in the transactions that
 * change what is there.
 *
 * A batch may be of as many authors as it has records, and a browser takes as long for each figure as for a record. So
 * sums are not changed at once: what changes is noted, in one row a transaction, and added up after some of them.
 */

import { dayBound, dayOf } from '../core/bucket.ts'
import { DAY_SECONDS } from '../core/clock.ts'
import { type DaySum, DaySums } from '../core/day-sum.ts'
import type { PublicKey } from '../core/keys.ts'
import { MARK, type Row, type Transaction } from './database.ts'
import { type Parts, rowsAt, span } from './selection.ts'

/** What Chromium writes for a record beside its wire form, and for each of its facets. */
export const ROW_BYTES = 700
export const FACET_BYTES = 350

const [WEIGHT, SUM, LATER] = ['weight/', 'sum/', 'later/']
const DAY_DIGITS = 12
/** What so many transactions changed is added up at once. */
export const LATER_MAX = 128
/** Each figure is asked for, and written; the page has its turn in between. */
const ADDED_AT_ONCE = 64
/** The name in `meta` of the sign that all is counted, which was not always done. */
const COUNTED = 'counted'

/** Say how many bytes all rows take, about. */
export async function weigh(transaction: Transaction): Promise<number> {
  const weights = await transaction.objectStore('meta').getAll(upTo(WEIGHT))
  return weights.reduce((sum, bytes) => sum + Number(bytes), 0)
}

/** Give the sums of all whose content is here; *changes* are noted nowhere yet. */
export async function sumUp(transaction: Transaction, changes: readonly Change[]): Promise<DaySum[]> {
  const meta = transaction.objectStore('meta')
  const [keys, texts] = await Promise.all([meta.getAllKeys(upTo(SUM)), meta.getAll(upTo(SUM))])
  const noted = (await meta.getAll(upTo(LATER))).flatMap(readNoted)
  const sums = new DaySums([
    ...keys.map((key, at) => readSum(key, readFigures(texts[at]))),
    ...noted.map(([key, figures]) => readSum(key, figures)),
  ])
  for (const { sum, sign } of changes) if (sum !== null) sums.add(sum, sign)
  return sums.all
}

/** What came to a place, or went from it with a sign of -1. */
export interface Change {
  readonly day: number
  readonly bytes: number
  /** Null of what has no content. */
  readonly sum: DaySum | null
  readonly sign: 1 | -1
}

/** Say what it means that *row* is there. */
export function gained(row: Row): Change {
  return changeOf(row, 1)
}

/** Say what it means that *row* is there no longer. */
export function lost(row: Row): Change {
  return changeOf(row, -1)
}

/** Note *changes*. */
export async function reweigh(transaction: Transaction<'readwrite'>, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return
  const meta = transaction.objectStore('meta')
  const [weights, sums] = byKey(changes)
  await addUp(transaction, weights)
  if (sums.size === 0) return
  // Transactions that write come one after the other, those of other tabs as well.
  const noted = await meta.getAllKeys(upTo(LATER))
  const number = 1 + Number(noted.at(-1)?.slice(LATER.length) ?? 0)
  await meta.put(JSON.stringify([...sums]), keyOf(LATER, number))
  if (noted.length + 1 >= LATER_MAX) await settle(transaction)
}

/** Add up what was noted. */
async function settle(transaction: Transaction<'readwrite'>): Promise<void> {
  const meta = transaction.objectStore('meta')
  const total: Figures = new Map()
  for (const [key, figures] of (await meta.getAll(upTo(LATER))).flatMap(readNoted)) addTo(total, key, figures)
  if (total.size === 0) return
  await meta.delete(upTo(LATER))
  await addUp(transaction, total)
}

/** Add *figures* to those that are written. */
async function addUp(transaction: Transaction<'readwrite'>, figures: Figures): Promise<void> {
  const meta = transaction.objectStore('meta')
  const add = async ([key, changed]: readonly [string, readonly number[]]) => {
    const known = readFigures(await meta.get(key))
    const total = changed.map((figure, at) => figure + (known[at] ?? 0))
    await (Number(total[0]) > 0 ? meta.put(total.join(' '), key) : meta.delete(key))
  }
  const left = [...figures]
  while (left.length > 0) await Promise.all(left.splice(0, ADDED_AT_ONCE).map(add))
}

/** Note that all up to the second *last* is about to be erased, but for what stays, if *parts* says so. */
export async function unweigh(
  transaction: Transaction<'readwrite'>,
  last: number,
  parts: Parts | null = null,
): Promise<void> {
  const records = transaction.objectStore('records')
  const { runs = [], going = 0, staying = [] } = parts ?? {}
  // What is less of both is read: as a rule, next to nothing goes.
  if (parts !== null && going <= staying.length) {
    const gone = await Promise.all([span(-1 - last, -1), ...runs].map(run => records.getAll(run)))
    const whole = gone.flat().filter(({ facets }) => Array.isArray(facets))
    return await reweigh(transaction, whole.map(lost))
  }
  await unweighAll(transaction, last)
  await reweigh(transaction, (await rowsAt(records, staying)).map(gained))
}

async function unweighAll(transaction: Transaction<'readwrite'>, last: number): Promise<void> {
  const day = dayOf(last + 1)
  const meta = transaction.objectStore('meta')
  await settle(transaction)
  await Promise.all([meta.delete(upTo(WEIGHT, day - 1)), meta.delete(upTo(SUM, day - 1))])
  const [first] = dayBound(day)
  if (first > last) return
  await reweigh(transaction, (await rowsBetween(transaction, first, last)).map(lost))
}

/** Count what lies in a database in which that was not always done; else do nothing. */
export async function countAll(transaction: Transaction<'readwrite'>): Promise<void> {
  const meta = transaction.objectStore('meta')
  if ((await meta.getKey(COUNTED)) !== undefined) return
  await meta.put('1', COUNTED)
  await recount(transaction, await transaction.objectStore('records').getAllKeys())
}

/** Count the days of *places* anew. */
export async function recount(transaction: Transaction<'readwrite'>, places: readonly IDBValidKey[]): Promise<void> {
  const meta = transaction.objectStore('meta')
  await settle(transaction)
  const times = places.map(place => (Array.isArray(place) ? timeOf(Number(place[0])) : Number.NaN))
  for (const day of new Set(times.filter(Number.isSafeInteger).map(dayOf))) {
    const sums = IDBKeyRange.bound(keyOf(SUM, day), `${keyOf(SUM, day)}~`)
    await Promise.all([meta.delete(keyOf(WEIGHT, day)), meta.delete(sums)])
    const rows = await rowsBetween(transaction, day * DAY_SECONDS, (day + 1) * DAY_SECONDS - 1)
    // What is damaged may be there still.
    await reweigh(transaction, rows.filter(({ facets }) => Array.isArray(facets)).map(gained))
    await settle(transaction)
  }
}

function changeOf({ place, author, facets, wire }: Row, sign: Change['sign']): Change {
  const day = dayOf(timeOf(place[0]))
  const [size, names] = [wire?.length ?? 0, facets.filter(([name]) => name === MARK).length]
  const bytes = ROW_BYTES + facets.length * FACET_BYTES + size
  return { day, bytes, sum: wire === null ? null : { day, author, size, records: 1, names }, sign }
}

/** Give the time of the record whose row, or whose trace, lies at *time*. */
function timeOf(time: number): number {
  return time < 0 ? -1 - time : time
}

/** Give all rows of so many seconds, and the traces. */
async function rowsBetween(transaction: Transaction, first: number, last: number): Promise<Row[]> {
  const records = transaction.objectStore('records')
  const found = [records.getAll(span(first, last)), records.getAll(span(-1 - last, -1 - first))]
  return (await Promise.all(found)).flat()
}

/** Figures by key; where the first is 0, there is nothing. */
type Figures = Map<string, readonly number[]>

/** Add up what *changes* make of each weight, and of each sum. */
function byKey(changes: readonly Change[]): [weights: Figures, sums: Figures] {
  const [weights, sums]: [Figures, Figures] = [new Map(), new Map()]
  for (const { day, bytes, sum, sign } of changes) {
    addTo(weights, keyOf(WEIGHT, day), [sign * bytes])
    if (sum === null) continue
    addTo(sums, `${keyOf(SUM, day)}/${sum.author}`, [sign * sum.records, sign * sum.size, sign * sum.names])
  }
  return [weights, sums]
}

function addTo(found: Figures, key: string, figures: readonly number[]): void {
  const known = found.get(key)
  found.set(key, known === undefined ? figures : figures.map((figure, at) => figure + (known[at] ?? 0)))
}

function readNoted(text: string): [key: string, figures: readonly number[]][] {
  return JSON.parse(text) as [string, readonly number[]][]
}

function readFigures(text: string | undefined): number[] {
  return text === undefined ? [] : text.split(' ').map(Number)
}

function readSum(key: string, [records = 0, size = 0, names = 0]: readonly number[]): DaySum {
  const day = Number(key.slice(SUM.length, SUM.length + DAY_DIGITS))
  return { day, author: key.slice(SUM.length + DAY_DIGITS + 1) as PublicKey, size, records, names }
}

function keyOf(prefix: string, day: number): string {
  return prefix + String(day).padStart(DAY_DIGITS, '0')
}

function upTo(prefix: string, day?: number): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${day === undefined ? prefix : keyOf(prefix, day)}~`)
}
