/** Who tells of a record before we tell it has gained something for us, though another brought it. */

import { expect, test } from 'vitest'
import { ANNOUNCE_LATER_SECONDS } from '../../src/core/limits.ts'
import type { Record } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { prefixOf } from '../../src/protocol/recents.ts'
import type { LiveRelay } from '../../src/protocol/relay.ts'
import { Ways } from '../../src/protocol/ways.ts'
import { at, makeRecord } from './pair.ts'
import { relayOf } from './relays.ts'

const PEERS = ['000000', '000001', '000002'] as PeerId[]
const [ONE, TWO, THREE] = PEERS as [PeerId, PeerId, PeerId]

/** Make a relay with three neighbours, and what those are put into that vouched. */
function makeRelay(): [relay: LiveRelay, vouched: PeerId[]] {
  const vouched: PeerId[] = []
  const mesh = { vouched: (peer: PeerId) => vouched.push(peer), ways: new Ways() }
  const relay = relayOf('vouched', { mesh })
  for (const peer of PEERS) relay.join(peer)
  return [relay, vouched]
}

function announce(relay: LiveRelay, peer: PeerId, record: Record): void {
  relay.announced(peer, { type: 'Announce', prefixes: [prefixOf(record.id)] }, at(0))
}

test('who announced what another brings vouched for it, once it is found valid', () => {
  const [relay, vouched] = makeRelay()
  const record = makeRecord(1)
  announce(relay, TWO, record)
  relay.arrived(ONE, { round: 0 }, [record], at(0))
  announce(relay, THREE, record)
  expect(vouched).toEqual([])

  relay.passOn([[record, ONE]], at(0))
  expect(vouched.sort()).toEqual([TWO, THREE])
})

test('who announces what it was not told vouched for it, once', () => {
  const [relay, vouched] = makeRelay()
  const [first, record] = [makeRecord(1), makeRecord(2)]
  // The first goes out at once, to two drawn at random; the next waits.
  relay.passOn([[first, ONE]], at(0))
  relay.passOn([[record, ONE]], at(0))
  announce(relay, TWO, record)
  announce(relay, TWO, record)

  expect(vouched).toEqual([TWO])
})

test('who says again what it was told or gave vouches for nothing', () => {
  const [relay, vouched] = makeRelay()
  const record = makeRecord(1)
  relay.passOn([[record, ONE]], at(0))
  relay.tick(at(ANNOUNCE_LATER_SECONDS))
  for (const peer of PEERS) announce(relay, peer, record)

  expect(vouched).toEqual([])
})

test('who pushes what another brought first vouched for it', () => {
  const [relay, vouched] = makeRelay()
  const [first, record] = [makeRecord(1), makeRecord(2)]
  relay.passOn([[first, ONE]], at(0))
  relay.passOn([[record, ONE]], at(0))
  relay.arrived(TWO, { round: 0 }, [record], at(0))

  expect(vouched).toEqual([TWO])
})
