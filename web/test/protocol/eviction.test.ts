import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/places.json'
import type { Monotonic } from '../../src/core/clock.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { choose, protect, type Standing } from '../../src/protocol/eviction.ts'

type Row = (typeof vectors)[number]['standings'][number]

function standingOf([peer, network, since, score, chances, lagSeconds, ...flags]: Row): Standing {
  const [isOurs = false, isAcquainted = false, isSafe = false] = flags.map(Boolean)
  return {
    peer: String(peer) as PeerId,
    network: String(network),
    since: Number(since) as Monotonic,
    score: Number(score),
    chances: Number(chances),
    lagSeconds: typeof lagSeconds === 'number' ? lagSeconds : null,
    isOurs,
    isAcquainted,
    isSafe,
  }
}

test('whoever goes in Python goes here, and whoever stays there stays here', () => {
  for (const { standings, rivals, protected: stays, goes } of vectors) {
    const all = standings.map(standingOf)
    expect([...protect(all)].sort()).toEqual(stays)
    expect(choose(all, rivals === null ? null : new Set(rivals as PeerId[]))).toBe(goes)
  }
})
