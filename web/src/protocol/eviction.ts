/** Which neighbour goes when there are too many (docs/protocol.md, "Places"). */

import type { Monotonic } from '../core/clock.ts'
import { PLACES_PROTECTED, TELLING_RECORDS } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'

/** Who brought no more than this, faded, was of no use. */
export const USEFUL_SCORE_MIN = 0.1

/** What speaks for one neighbour, and against it. */
export interface Standing {
  readonly peer: PeerId
  /** Where it is; empty when nobody knows, and then it shares that with none. */
  readonly network: string
  /** When it came. */
  readonly since: Monotonic
  /** How many records we had first from it lately, which were found valid, */
  readonly score: number
  /** of so many that came from anybody since it is here. */
  readonly chances: number
  /** Its round-trip time; null before the first heartbeat. */
  readonly lagSeconds: number | null
  /** It answered an offer of ours. */
  readonly isOurs: boolean
  /** Its key was useful in an earlier life of ours. */
  readonly isAcquainted: boolean
  /** It was promised its place for a while. */
  readonly isSafe: boolean
}

/**
 * Choose who goes: the least useful of the most crowded network; null when all are safe or protected.
 *
 * With *rivals* it is one of these.
 */
export function choose(standings: readonly Standing[], rivals: ReadonlySet<PeerId> | null = null): PeerId | null {
  const crowd = ({ network }: Standing) => {
    return network === '' ? 1 : standings.filter(other => other.network === network).length
  }
  const stays = protect(standings)
  const going = standings.filter(({ peer, isSafe }) => !isSafe && !stays.has(peer) && rivals?.has(peer) !== false)
  const merits = (each: Standing) => [-crowd(each), shareOf(each), -each.chances, -each.since]
  return first(going, merits, 1)[0] ?? null
}

/** Give those that stay whoever comes: a few for each thing that is hard to pretend. */
export function protect(standings: readonly Standing[]): Set<PeerId> {
  const useful = standings.filter(({ score }) => score > 0)
  const busy = standings.filter(each => each.score > USEFUL_SCORE_MIN || each.chances < TELLING_RECORDS)
  const measured = busy.filter(({ lagSeconds }) => lagSeconds !== null)
  const byShare = (each: Standing) => [-shareOf(each)]
  const byAge = ({ since }: Standing) => [since]
  return new Set([
    ...first(useful, byShare),
    ...first(
      useful.filter(({ isOurs }) => isOurs),
      byShare,
    ),
    ...first(measured, ({ lagSeconds }) => [lagSeconds ?? 0]),
    ...first(busy, byAge),
    ...first(
      busy.filter(({ isAcquainted }) => isAcquainted),
      byAge,
    ),
  ])
}

/** Say how large a part of what came it brought; a few records tell little. */
function shareOf({ score, chances }: Standing): number {
  return score / (chances + TELLING_RECORDS)
}

/** Give those with the smallest *merits*, compared one by one, then by id. */
function first(
  standings: readonly Standing[],
  merits: (standing: Standing) => number[],
  count = PLACES_PROTECTED,
): PeerId[] {
  const ranked = standings.map(each => ({ peer: each.peer, merits: merits(each) }))
  ranked.sort((one, other) => {
    const at = one.merits.findIndex((merit, index) => merit !== other.merits[index])
    return at < 0 ? (one.peer < other.peer ? -1 : 1) : (one.merits[at] ?? 0) - (other.merits[at] ?? 0)
  })
  return ranked.slice(0, count).map(({ peer }) => peer)
}
