import { expect, test } from 'vitest'
import { cellOf, RANGES_MAX, rangesOf } from '../../src/documents/morton.ts'
import { type Box, type Circle, isInBox, isInCircle } from '../../src/documents/where.ts'
import { seededRng } from '../seeded.ts'

const ROUNDS = 2_000

function isCovered(area: Box | Circle, latitude: number, longitude: number): boolean {
  const cell = cellOf(latitude, longitude)
  return rangesOf(area).some(([first, last]) => first <= cell && cell <= last)
}

/** Give numbers up to *most* in size, some of them at its edges. */
function numbersUpTo(most: number, seed: string): () => number {
  const rng = seededRng(seed)
  const odd = [-most, most, 0, most - 1e-7]
  return () => {
    const number = rng.uint32()
    return number % 8 === 0 ? (odd[(number >>> 3) % odd.length] ?? 0) : (number / 2 ** 31 - 1) * most
  }
}

const latitude = numbersUpTo(90, 'latitudes')
const longitude = numbersUpTo(180, 'longitudes')
const small = numbersUpTo(1e-3, 'small')

function clamped(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value))
}

test('a number has 52 bits', () => {
  expect([cellOf(-90, -180), cellOf(90, 180), cellOf(0, 0)]).toEqual([0, 2 ** 52 - 1, 3 * 2 ** 50])
  expect(cellOf(52.52, 13.4)).toBe(cellOf(52.52, 13.4000001))
  expect(cellOf(52.52, 13.4)).not.toBe(cellOf(52.52, 13.40001))
})

test('what lies in a box is covered by a few ranges in order', () => {
  for (let round = 0; round < ROUNDS; round++) {
    const [one, other] = [latitude(), latitude()]
    const box: Box = [Math.min(one, other), longitude(), Math.max(one, other), longitude()]
    const point = [latitude(), longitude()] as const
    expect(isCovered(box, ...point) || !isInBox(box, ...point)).toBe(true)
    for (const edge of [box[1], box[3]]) {
      expect([isCovered(box, box[0], edge), isCovered(box, box[2], edge)]).toEqual([true, true])
    }
    const ranges = rangesOf(box)
    expect(ranges.length).toBeGreaterThanOrEqual(1)
    expect(ranges.length).toBeLessThanOrEqual(RANGES_MAX)
    expect(
      ranges.every(([first, last], at) => first <= last && (at === 0 || (ranges[at - 1]?.[1] ?? 0) + 1 < first)),
    ).toBe(true)
  }
})

test('what lies in a circle is covered', () => {
  const rng = seededRng('metres')
  const odd: Circle[] = [
    [0, 180, 10],
    [0, -180, 0],
    [90, 0, 10],
    [-89.99999, 0, 10],
    [5, 5, 20_015_114],
  ]
  for (let round = 0; round < ROUNDS; round++) {
    const metres = (rng.uint32() / 2 ** 32) * (round % 2 === 0 ? 2.1e7 : 1_000)
    const circle = odd[round] ?? ([latitude(), longitude(), metres] as const)
    const near = [clamped(circle[0] + small(), 90), clamped(circle[1] + small(), 180)] as const
    const points = [[latitude(), longitude()], near, [near[0], -near[1]], [circle[0], circle[1]]] as const
    for (const point of points) expect(isCovered(circle, ...point) || !isInCircle(circle, ...point)).toBe(true)
  }
})

test.each<[Box | Circle, number]>([
  [[52.3, 13.1, 52.7, 13.8], 4],
  [[-18, 179.5, -17, -179.5], 4],
  [[52.5, 13.4, 1_000], 6],
  [[-90, -180, 90, 180], 1],
])('ranges are not much larger than the area %j', (area, share) => {
  const cells = rangesOf(area).reduce((sum, [first, last]) => sum + last - first + 1, 0)
  const size =
    area.length === 4
      ? (area[2] - area[0]) * ((((area[3] - area[1]) % 360) + 360) % 360 || 360)
      : (3.14 * (area[2] / 111_195) ** 2) / 0.609
  expect((cells / 2 ** 52) * 180 * 360).toBeLessThanOrEqual(share * size)
})
