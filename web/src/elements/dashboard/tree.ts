/** The day tree as it is drawn: one node a UTC day, balanced by midpoints, as the room's root is computed over it. */

import { windowDays } from '../../core/bucket.ts'
import type { UnixTime } from '../../core/clock.ts'
import { everything } from '../../protocol/horizon.ts'
import { window } from '../../protocol/retention.ts'
import type { Day } from '../../room/room.ts'

/** One day in the drawing. */
export interface DayNode {
  readonly day: number
  /** Its place among the days, from 0. */
  readonly place: number
  readonly count: number
  /** Steps from the top of the tree. */
  readonly depth: number
  /** The place of the node above; null at the top. */
  readonly parent: number | null
  /** Records of this day and of all days below it in the tree. */
  readonly total: number
}

/** Give the nodes of the tree over the days that the room's root covers, oldest first. */
export function dayTree(days: readonly Day[], now: UnixTime): DayNode[] {
  const { firstDay } = window(now)
  const counts = new Map(days.map(({ day, count }) => [day, count]))
  const length = windowDays(firstDay, everything(now))
  return treeOf(
    Array.from({ length }, (_, place) => ({ day: firstDay + place, count: counts.get(firstDay + place) ?? 0 })),
  )
}

/** Give the nodes of the tree over *days*: the middle one is the top, those before and after it are its sides. */
export function treeOf(days: readonly Day[]): DayNode[] {
  const nodes: DayNode[] = []
  const grow = (start: number, stop: number, depth: number, parent: number | null): number => {
    const place = start + ((stop - start) >> 1)
    const here = days[place]
    if (start >= stop || here === undefined) return 0
    const below = grow(start, place, depth + 1, place) + grow(place + 1, stop, depth + 1, place)
    const total = here.count + below
    nodes[place] = { ...here, place, depth, parent, total }
    return total
  }
  grow(0, days.length, 0, null)
  return nodes
}

/** Give the places from *place* up to the top. */
export function pathFrom(nodes: readonly DayNode[], place: number): number[] {
  const path: number[] = []
  for (let at: number | null = place; at !== null; at = nodes[at]?.parent ?? null) path.push(at)
  return path
}
