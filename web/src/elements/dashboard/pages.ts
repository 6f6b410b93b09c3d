/** The record table's pages: 50 members at a time, newest first. */

import type { Record } from '../../core/record.ts'
import type { Room } from '../../room/room.ts'
import type { Search } from './search.ts'

export const PAGE_RECORDS = 50
/** What no index knows, such as words, is looked for among so many of the newest members that match all else. */
export const SCANNED_RECORDS_MAX = 20_000

/** One page of what a search finds. */
export interface Page {
  readonly records: readonly Record[]
  /** Counted from 0. */
  readonly number: number
  readonly hasMore: boolean
  /** How many members the search finds in all; null when only the next page is known. */
  readonly total: number | null
  /** Older members were not looked at. */
  readonly isCut: boolean
}

/** A page with nothing on it. */
export const EMPTY_PAGE: Page = { records: [], number: 0, hasMore: false, total: 0, isCut: false }

/** Read page *number* of what *search* finds in *room*; throws RoomClosedError when the room was left. */
export async function readPage(room: Room, search: Search, number: number): Promise<Page> {
  const start = number * PAGE_RECORDS
  if (search.accepts !== null) {
    const scanned = await room.members({ ...search.query, limit: SCANNED_RECORDS_MAX })
    const found = scanned.filter(search.accepts)
    const isCut = scanned.length >= SCANNED_RECORDS_MAX
    return { ...cut(found, start), number, total: found.length, isCut }
  }
  const found = await room.members({ ...search.query, limit: start + PAGE_RECORDS + 1 })
  const page = cut(found, start)
  const isWhole = Object.keys(search.query).length === 0
  return { ...page, number, total: isWhole ? room.count : page.hasMore ? null : found.length, isCut: false }
}

/** Say which records of *page* are where, as in "51–100 of 312". */
export function placesOf({ records, number, hasMore, total, isCut }: Page, format: (count: number) => string): string {
  const first = number * PAGE_RECORDS + 1
  const span = records.length === 0 ? 'None' : `${format(first)}–${format(first + records.length - 1)}`
  const all = total === null ? (hasMore ? ' of more' : '') : ` of ${format(total)}`
  return `${span}${all}${isCut ? `, among the newest ${format(SCANNED_RECORDS_MAX)}` : ''}`
}

function cut(records: readonly Record[], start: number): Pick<Page, 'records' | 'hasMore'> {
  const stop = start + PAGE_RECORDS
  return { records: records.slice(start, stop), hasMore: records.length > stop }
}
