/** The days of a set as they are drawn: one mark a day, a month or a year, so that a long time has few marks too. */

import { DAY_SECONDS } from '../../core/clock.ts'
import type { Day } from '../../room/room.ts'
import { formatDay } from './format.ts'

/** More marks than these would touch each other on a phone; 3,700 days have 123 months. */
export const CELLS_MAX = 128
/** A young room is drawn with so many days, and an old one with more. */
export const DAYS_DRAWN_MIN = 30

/** How long a mark is. */
export const SCALES = ['day', 'month', 'year'] as const
/** The length of all marks of a drawing. */
export type Scale = (typeof SCALES)[number]

/** From one UTC day to another, both included. */
export interface Stretch {
  readonly first: number
  readonly last: number
}

/** One mark. */
export interface Cell extends Stretch {
  readonly count: number
  /** How many of its days hold records. */
  readonly days: number
}

/** What is drawn. */
export interface Calendar {
  readonly scale: Scale
  readonly cells: readonly Cell[]
}

/** Give the stretch that shows all of *days*, and *today*. */
export function whole(days: readonly Day[], today: number): Stretch {
  const first = days[0]?.day ?? today
  const last = days.at(-1)?.day ?? today
  return { first: Math.max(0, Math.min(first, today - DAYS_DRAWN_MIN + 1)), last: Math.max(last, today) }
}

/** Cut *stretch* into the smallest cells of which few enough are needed. */
export function calendarOf(days: readonly Day[], stretch: Stretch): Calendar {
  const scale = SCALES.find(scale => span(stretch, scale) <= CELLS_MAX) ?? 'year'
  const cells: { first: number; last: number; count: number; days: number }[] = []
  for (let first = stretch.first; first <= stretch.last; ) {
    const last = Math.min(endOf(first, scale), stretch.last)
    cells.push({ first, last, count: 0, days: 0 })
    first = last + 1
  }
  let place = 0
  for (const { day, count } of days) {
    while (place < cells.length && (cells[place]?.last ?? 0) < day) place += 1
    const cell = cells[place]
    if (cell === undefined || day < cell.first || count === 0) continue
    cell.count += count
    cell.days += 1
  }
  return { scale, cells }
}

/** Name *cell* as long as it is: 2026-11-21, 2026-11 or 2026. */
export function cellName({ first }: Cell, scale: Scale): string {
  return formatDay(first).slice(0, { day: 10, month: 7, year: 4 }[scale])
}

/** Give what stands under *cell*, if it begins something: a month, a year, or a week of a short time. */
export function cellLabel({ first }: Cell, { scale, cells }: Calendar): string | null {
  const [year = '', month = '', day = ''] = formatDay(first).split('-')
  if (scale === 'day') {
    if (cells.length <= WEEKS_LABELLED_DAYS_MAX) {
      return ['01', '08', '15', '22'].includes(day) ? `${Number(day)} ${monthName(first)}` : null
    }
    return day === '01' ? monthName(first) : null
  }
  if (scale === 'month') return month === '01' || cells.length <= MONTHS_LABELLED_MAX ? monthLabel(year, first) : null
  return Number(year) % 10 === 0 || cells.length <= MONTHS_LABELLED_MAX ? year : null
}

const WEEKS_LABELLED_DAYS_MAX = 45
const MONTHS_LABELLED_MAX = 12

function monthLabel(year: string, first: number): string {
  const name = monthName(first)
  return name === 'Jan' ? year : name
}

function monthName(day: number): string {
  return new Date(day * DAY_SECONDS * 1_000).toLocaleString('en', { month: 'short', timeZone: 'UTC' })
}

/** Count the cells of *stretch*. */
function span({ first, last }: Stretch, scale: Scale): number {
  if (scale === 'day') return last - first + 1
  const [from, to] = [dateOf(first), dateOf(last)]
  const years = to.getUTCFullYear() - from.getUTCFullYear()
  return scale === 'year' ? years + 1 : years * 12 + to.getUTCMonth() - from.getUTCMonth() + 1
}

/** Give the last day of what *day* is in. */
function endOf(day: number, scale: Scale): number {
  if (scale === 'day') return day
  const date = dateOf(day)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  const next = scale === 'month' ? Date.UTC(year, month + 1) : Date.UTC(year + 1, 0)
  return next / (DAY_SECONDS * 1_000) - 1
}

function dateOf(day: number): Date {
  return new Date(day * DAY_SECONDS * 1_000)
}
