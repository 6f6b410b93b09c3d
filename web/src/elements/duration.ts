/** Lengths of time in the words that people use. */

const UNITS: readonly (readonly [seconds: number, noun: string])[] = [
  [365 * 86_400, 'year'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** Write *seconds*, whatever their sign, in the largest unit of which there are two: "5 minutes", "about 23 hours". */
export function durationText(seconds: number): string {
  const length = Math.abs(seconds)
  const [unit, noun] = UNITS.find(([unit]) => length >= 2 * unit) ?? [1, 'second']
  const count = Math.round(length / unit)
  const about = unit > 1 && count * unit !== length ? 'about ' : ''
  return `${about}${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
