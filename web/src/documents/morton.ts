/**
 * The globe in cells of one number each (Morton): what lies near each other has mostly near numbers.
 *
 * A number has 26 bits of the latitude and as many of the longitude, in turn. An area is a few ranges of numbers: what
 * lies in it has a number in one of them, and so has some of what does not. Loaded with the first collection of places.
 */

import type { Box, Circle } from './where.ts'
import { EARTH_METRES } from './where.ts'

const BITS = 26
export const RANGES_MAX = 16
/** Squares that cover an area before those that follow each other are put together. */
const SQUARES_MAX = 48
const SIDE = 2 ** BITS
/** Radians by which a circle's box is larger than it, for what floating point loses. */
const MARGIN = 1e-7

/** The first number and the last. */
export type CellRange = readonly [first: number, last: number]
/** How far a point is from the south pole, and from the date line. */
type Steps = readonly [up: number, right: number]
type Corners = readonly [low: Steps, high: Steps]

/** Give the number of the cell that a point lies in. */
export function cellOf(latitude: number, longitude: number): number {
  return numberOf(...stepsOf(latitude, longitude))
}

/** Give at most `RANGES_MAX` ranges of numbers that cover a box, or a circle, in order. */
export function rangesOf(area: Box | Circle): CellRange[] {
  const boxes = boxesOf(area).map(([south, west, north, east]): Corners => [stepsOf(south, west), stepsOf(north, east)])
  const widest = Math.max(...boxes.flatMap(([low, high]) => [high[0] - low[0], high[1] - low[1]]))
  // The squares of a side are no more than all.
  let level = Math.max(bitsOf(widest) - bitsOf(SQUARES_MAX), 0)
  while (boxes.reduce((sum, corners) => sum + squaresIn(corners, level), 0) > SQUARES_MAX) level += 1
  for (;;) {
    const found = rangesAt(boxes, level)
    if (found.length <= RANGES_MAX) return found
    level += 1
  }
}

function squaresIn([low, high]: Corners, level: number): number {
  return ((high[0] >> level) - (low[0] >> level) + 1) * ((high[1] >> level) - (low[1] >> level) + 1)
}

/** Cover boxes by squares of cells, whose numbers follow each other; those that follow each other are one range. */
function rangesAt(boxes: readonly Corners[], level: number): CellRange[] {
  const firsts = new Set<number>()
  for (const [low, high] of boxes) {
    for (let up = low[0] >> level; up <= high[0] >> level; up++) {
      for (let right = low[1] >> level; right <= high[1] >> level; right++) firsts.add(numberOf(up, right))
    }
  }
  const found: [first: number, last: number][] = []
  for (const first of [...firsts].sort((one, other) => one - other)) {
    const last = found.at(-1)
    if (last !== undefined && last[1] + 1 === first) last[1] = first
    else found.push([first, first])
  }
  const cells = 4 ** level
  return found.map(([first, last]) => [first * cells, (last + 1) * cells - 1])
}

function stepsOf(latitude: number, longitude: number): Steps {
  // Each step of this is monotone, so that what lies between two edges is numbered between them.
  const up = Math.min(Math.trunc(((latitude + 90) / 180) * SIDE), SIDE - 1)
  const right = Math.min(Math.trunc(((longitude + 180) / 360) * SIDE), SIDE - 1)
  return [up, right]
}

function numberOf(up: number, right: number): number {
  return 2 * spread(up) + spread(right)
}

/** Put a zero before each bit. */
function spread(bits: number): number {
  return Number.parseInt(bits.toString(2), 4)
}

function bitsOf(value: number): number {
  return 32 - Math.clz32(value)
}

/** Give boxes that hold an area, none of them across the date line. */
function boxesOf(area: Box | Circle): Box[] {
  const box = area.length === 4 ? area : boxAround(area)
  const [south, west, north, east] = box
  if (west <= east) return [box]
  return [
    [south, west, north, 180],
    [south, -180, north, east],
  ]
}

function boxAround([latitude, longitude, metres]: Circle): Box {
  const angle = metres / EARTH_METRES + MARGIN
  const [south, north] = [latitude - degrees(angle), latitude + degrees(angle)]
  // It reaches a pole, or beyond: all longitudes are near.
  if (south <= -90 || north >= 90) return [Math.max(south, -90), -180, Math.min(north, 90), 180]
  const reach = Math.sin(angle) / Math.cos((latitude * Math.PI) / 180)
  const half = degrees(Math.asin(Math.min(1, reach)) + MARGIN)
  const [west, east] = [longitude - half, longitude + half]
  if (half >= 180) return [south, -180, north, 180]
  // Both edges are one meridian, so what is beyond one comes in at the other.
  return [south, west <= -180 ? west + 360 : west, north, east >= 180 ? east - 360 : east]
}

function degrees(radians: number): number {
  return (radians * 180) / Math.PI
}
