import { expect, test } from 'vitest'
import { SHORTCUT_SECONDS, WAYS_REMEMBERED_MAX } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { Ends } from '../../src/protocol/ends.ts'
import { Pulls } from '../../src/protocol/pulls.ts'
import { Recents } from '../../src/protocol/recents.ts'
import { Ways } from '../../src/protocol/ways.ts'
import { at } from './pair.ts'

const PEERS = Array.from({ length: 5 }, (_, number) => `00000${number}` as PeerId)
const [ONE, TWO, THREE, FOUR, FIVE] = PEERS as [PeerId, PeerId, PeerId, PeerId, PeerId]
const PREFIX = '61'.repeat(8)
const NOBODY = neighboursOf()

function neighboursOf(...peers: PeerId[]): Map<PeerId, Ends> {
  return new Map(peers.map(peer => [peer, new Ends(peer, new Recents(), true)]))
}

/** Let *peer* tell of a record so long before the first of all pushes it. */
function overtake(ways: Ways, peer: PeerId, neighbours: Map<PeerId, Ends>, seconds = 0, isAsked = false): Request[] {
  const pulls = new Pulls()
  pulls.begin(PREFIX, peer, at(0), isAsked)
  return ways.came(ONE, PREFIX, pulls.get(PREFIX), new Map([...neighboursOf(ONE), ...neighbours]), at(seconds))
}

function taken(peer: PeerId): Request[] {
  return [{ type: 'Send', peer, message: { type: 'Pull', prefixes: [] } }]
}

test('who tells long before has what is new pushed from then on', () => {
  const [ways, neighbours] = [new Ways(), neighboursOf(ONE, TWO, THREE)]
  expect(overtake(ways, TWO, neighbours, SHORTCUT_SECONDS / 2)).toEqual([])
  expect(overtake(ways, TWO, neighbours, SHORTCUT_SECONDS)).toEqual(taken(TWO))
  expect([TWO, ONE].map(peer => neighbours.get(peer)?.isBranch)).toEqual([true, false])
  expect(overtake(ways, TWO, neighbours, SHORTCUT_SECONDS)).toEqual([])
})

test('who owes records, or is gone, or was asked is no shorter way', () => {
  const [ways, neighbours] = [new Ways(), neighboursOf(TWO)]
  neighbours.get(TWO)?.miss()
  expect(overtake(ways, TWO, neighbours, SHORTCUT_SECONDS)).toEqual([])
  expect(overtake(ways, THREE, neighbours, SHORTCUT_SECONDS)).toEqual([])
  expect(overtake(ways, FOUR, neighboursOf(FOUR), 1, true)).toEqual([])
})

test('the last who told before others and is present leads around', () => {
  const ways = new Ways()
  expect(ways.around(ONE, neighboursOf(...PEERS))).toEqual([])
  for (const peer of [TWO, THREE, FOUR]) overtake(ways, peer, NOBODY)
  expect(ways.around(ONE, neighboursOf(...PEERS))).toEqual(taken(FOUR))
  expect(ways.around(ONE, neighboursOf(TWO, THREE))).toEqual(taken(THREE))
  expect(ways.around(FIVE, neighboursOf(...PEERS))).toEqual([])
})

test('what came long ago tells nothing any more', () => {
  const ways = new Ways()
  const come = (peer: PeerId, times: number): void => {
    for (let left = times; left > 0; left -= 1) ways.came(peer, PREFIX, undefined, NOBODY, at(0))
  }
  overtake(ways, TWO, NOBODY)
  come(ONE, 100)
  come(THREE, WAYS_REMEMBERED_MAX / 2)
  for (const lost of [ONE, THREE]) expect(ways.around(lost, neighboursOf(...PEERS))).toEqual(taken(TWO))
  come(THREE, 1)
  expect(ways.around(ONE, neighboursOf(...PEERS))).toEqual([])
  for (let left = WAYS_REMEMBERED_MAX; left > 0; left -= 1) overtake(ways, FOUR, NOBODY)
  expect(ways.around(ONE, neighboursOf(TWO))).toEqual([])
})
