/** How many bytes a page's database takes, about: counted by day in the transactions that change what is there. */

import { dayBound, dayOf } from '../core/bucket.ts'
import type { Place, Row, Transaction } from './database.ts'
import { span } from './selection.ts'

/** What Chromium writes for a record beside its wire form, and for each of its facets. */
export const ROW_BYTES = 700
export const FACET_BYTES = 350

const PREFIX = 'weight/'
const DAY_DIGITS = 12

/** Say how many bytes all rows take, about. */
export async function weigh(transaction: Transaction): Promise<number> {
  const weights = await transaction.objectStore('meta').getAll(upTo(Number.POSITIVE_INFINITY))
  return weights.reduce((sum, bytes) => sum + Number(bytes), 0)
}

/** By how many bytes more, or fewer, something lies at a place. */
export type Change = readonly [place: Place, bytes: number]

/** Say what it means that *row* is there. */
export function gained(row: Row): Change {
  return [row.place, weightOf(row)]
}

/** Say what it means that *row* is there no longer. */
export function lost(row: Row): Change {
  return [row.place, -weightOf(row)]
}

/** Note *changes*. */
export async function reweigh(transaction: Transaction<'readwrite'>, changes: readonly Change[]): Promise<void> {
  const meta = transaction.objectStore('meta')
  for (const [key, bytes] of byDay(changes)) {
    const total = Number((await meta.get(key)) ?? 0) + bytes
    await (total > 0 ? meta.put(String(total), key) : meta.delete(key))
  }
}

/** Note that all up to the second *last* is about to be erased. */
export async function unweigh(transaction: Transaction<'readwrite'>, last: number): Promise<void> {
  const day = dayOf(last + 1)
  await transaction.objectStore('meta').delete(upTo(day - 1))
  const [first] = dayBound(day)
  if (first > last) return
  const records = transaction.objectStore('records')
  const [rows, traces] = [await records.getAll(span(first, last)), await records.getAll(span(-1 - last, -1 - first))]
  await reweigh(transaction, [...rows, ...traces].map(lost))
}

function weightOf({ facets, wire }: Row): number {
  return ROW_BYTES + facets.length * FACET_BYTES + (wire?.length ?? 0)
}

function byDay(changes: readonly Change[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [[time], bytes] of changes) {
    const key = keyOf(dayOf(time < 0 ? -1 - time : time))
    sums.set(key, (sums.get(key) ?? 0) + bytes)
  }
  return sums
}

function keyOf(day: number): string {
  return PREFIX + String(day).padStart(DAY_DIGITS, '0')
}

function upTo(day: number): IDBKeyRange {
  return IDBKeyRange.bound(PREFIX, Number.isFinite(day) ? keyOf(day) : `${PREFIX}~`)
}
