import { expect, test } from 'vitest'
import { PEERS_DRAWN_MAX, progressOf, topology } from '../../../src/elements/dashboard/topology.ts'
import type { PeerStatus } from '../../../src/protocol/neighbour.ts'
import { State } from '../../../src/protocol/session.ts'
import { peerId } from '../../protocol/pair.ts'
import { wordsOf } from './markup.ts'

function peer(number: number, others: Partial<PeerStatus> = {}): PeerStatus {
  const sync = { isSynced: true, hasOtherRules: false, keepsSeconds: null, gained: 0, given: 0, progress: null }
  return {
    id: peerId(number),
    key: null,
    state: State.ESTABLISHED,
    route: 'direct',
    lagSeconds: null,
    ...sync,
    ...others,
  }
}

test('a peer is a dot with a line to this page, and what does not stand yet is dashed', () => {
  const drawn = JSON.stringify(topology([peer(1), peer(2, { state: State.PROVING, isSynced: false })]))
  expect(drawn.match(/<line /g)).toHaveLength(2)
  expect(drawn).toContain('"half"')
  expect(drawn).toContain('"equal"')
})

test('of very many peers some are drawn, and the rest are counted', () => {
  const many = Array.from({ length: PEERS_DRAWN_MAX + 3 }, (_, number) => peer(number))
  expect(wordsOf(topology(many))).toContain('3 more')
  expect(JSON.stringify(topology(many)).match(/<line /g)).toHaveLength(PEERS_DRAWN_MAX)
})

test('progress is told while something is known to be missing', () => {
  const way = { wanted: 20_000, arrived: 1_500, arrivedBytes: 1 }
  expect(progressOf(peer(1, { progress: way }))).toBe('1,500 of 20,000')
  expect(progressOf(peer(1, { progress: { ...way, arrived: 20_000 } }))).toBe('')
  expect(progressOf(peer(1))).toBe('')
})
