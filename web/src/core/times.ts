/** Times as people type them: loaded with queries, as what a page needs only then. */

import { ConfigError } from '../errors.ts'
import { DAY_SECONDS } from './clock.ts'
import { SPAN, shown, UNIT_SECONDS } from './typed.ts'

const UNIX = /^-?\d{1,16}$/
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))?)?$/
const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]
/** From the first of March of the year 0 to 1970. */
const DAYS_TO_1970 = 719_468

/** Read the first second of a span, *now* being what ages are counted from; throws ConfigError for what is no time. */
export function readSince(value: unknown, now: number): number {
  return Math.ceil(readTime(value, now))
}

/** Read the last second of a span; a day alone means its last second. Throws ConfigError for what is no time. */
export function readUntil(value: unknown, now: number): number {
  const [, day, , , hour] = (typeof value === 'string' && DATE.exec(value.trim())) || []
  const seconds = Math.floor(readTime(value, now))
  return day !== undefined && hour === undefined ? seconds + DAY_SECONDS - 1 : seconds
}

function readTime(value: unknown, now: number): number {
  const time =
    typeof value === 'string' ? parseTime(value.trim(), now) : isDate(value) ? value.getTime() / 1_000 : value
  if (Number.isFinite(time)) return Number(time)
  throw new ConfigError(
    `a time is Unix seconds, a date such as 2026-01-31 or 2026-01-31T12:00Z, or an age such as 30m, 2h, 7d, not ${shown(value)}`,
  )
}

function isDate(value: unknown): value is { getTime(): number } {
  return Object.prototype.toString.call(value) === '[object Date]'
}

function parseTime(text: string, now: number): number {
  if (UNIX.test(text)) return Number(text)
  const [, count, unit = ''] = SPAN.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * (UNIT_SECONDS[unit] ?? 1)
  const found = DATE.exec(text)
  if (found === null) return Number.NaN
  // What has no zone is UTC, as lists show it.
  const [, year, month, day, hour = 0, minute = 0, second = 0, sign = '+', hours = 0, minutes = 0] = found
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60)
  const clock = Number(hour) * 3_600 + Number(minute) * 60 + Number(second)
  return daysTo(Number(year), Number(month), Number(day)) * DAY_SECONDS + clock - offset
}

/** Give the days from 1970-01-01 to a date; NaN for one that no calendar has. */
function daysTo(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const [before = 0, after = 0] = DAYS_BEFORE.slice(month - 1)
  const length = after - before + (month === 2 && isLeap ? 1 : 0)
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > length) return Number.NaN
  // A year that begins in March has its leap day last.
  const years = month > 2 ? year : year - 1
  const leaps = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400)
  const inYear = month > 2 ? before - 59 : before + 306
  return years * 365 + leaps + inYear + day - 1 - DAYS_TO_1970
}
