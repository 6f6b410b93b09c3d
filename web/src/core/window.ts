/**
 * Windows: which days of records are compared, and how they fall into cells.
 *
 * A window begins with a whole day or, in rooms that keep records for less than a week, with a step of five minutes: its
 * *firstDay* is then `WINDOW_STEPS_FROM` and the number of the step, and no day has such a number (docs/protocol.md,
 * "The window of a round").
 */

import { dayBound, dayOf, earlier, lastDay, later } from './bucket.ts'
import { DAY_SECONDS } from './clock.ts'
import { DAY_CELL_DAYS, DAY_CELLS_MAX, WINDOW_STEP_SECONDS, WINDOW_STEPS_FROM } from './limits.ts'
import type { Bound } from './message.ts'

/** Give the second in which a window of *firstDay* begins. */
export function startOf(firstDay: number): number {
  return firstDay < WINDOW_STEPS_FROM ? firstDay * DAY_SECONDS : (firstDay - WINDOW_STEPS_FROM) * WINDOW_STEP_SECONDS
}

/** Give the bound before every record of a window of *firstDay*. */
export function firstBound(firstDay: number): Bound {
  return [startOf(firstDay), '']
}

/** Give the first day of the longest window that begins with a step, and not before *second*. */
export function firstStep(second: number): number {
  return WINDOW_STEPS_FROM + Math.max(0, Math.ceil(second / WINDOW_STEP_SECONDS))
}

/** Of two first days, give that of the window that begins later. */
export function laterDay(one: number, other: number): number {
  return startOf(one) < startOf(other) ? other : one
}

/** Count the days from that of *firstDay* to the last that can hold a record with createdAt below *upto*. */
export function windowDays(firstDay: number, upto: number): number {
  return Math.max(0, lastDay([upto, '']) + 1 - dayOf(startOf(firstDay)))
}

/** Give the bounds of the cell *number* of a `Days` over a window: none where they are not in order. */
export function windowCell(
  firstDay: number,
  number: number,
  cellDays: number,
  upto: number,
): [lower: Bound, upper: Bound] {
  const day = dayOf(startOf(firstDay)) + number * cellDays
  return [later(firstBound(firstDay), dayBound(day)), earlier(dayBound(day + cellDays), [upto, ''])]
}

/** Give how many days make a cell of a `Days` over this window, so that it has at most `DAY_CELLS_MAX`. */
export function cellDays(firstDay: number, upto: number): number {
  return Math.max(DAY_CELL_DAYS, Math.ceil(windowDays(firstDay, upto) / DAY_CELLS_MAX))
}
