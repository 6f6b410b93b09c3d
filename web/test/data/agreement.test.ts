import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import { UPTO_LAG_SECONDS } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { MICROSECONDS } from '../../src/core/stamp.ts'
import { Agreement } from '../../src/data/agreement.ts'
import type { RoomEvent } from '../../src/notices.ts'

const [ONE, OTHER, THIRD] = ['1', '2', '3'].map(digit => digit.repeat(20)) as [PeerId, PeerId, PeerId]
const KEY = '0'.repeat(64) as PublicKey
const NOW = 1_790_000_000

function joined(peer: PeerId): RoomEvent {
  return { type: 'PeerJoined', peer, key: KEY }
}

function synced(peer: PeerId): RoomEvent {
  return { type: 'PeerSynced', peer, gained: 0, given: 0 }
}

function left(peer: PeerId): RoomEvent {
  return { type: 'PeerLeft', peer, key: KEY, reason: 'bye' }
}

test('all that are present must have equal roots', () => {
  const agreement = new Agreement()
  const present = new Set<PeerId>()
  const events: RoomEvent[] = [
    joined(ONE),
    synced(ONE),
    joined(OTHER),
    synced(ONE),
    { type: 'CurtainChanged' },
    synced(OTHER),
    synced(ONE),
    joined(THIRD),
    synced(OTHER),
    left(THIRD),
    left('4'.repeat(20) as PeerId),
  ]
  const seen = events.map((event, second) => {
    if (event.type === 'PeerJoined') present.add(event.peer)
    if (event.type === 'PeerLeft') present.delete(event.peer)
    agreement.take(event, (NOW + second) as UnixTime, () => present)
    return agreement.settled === 0 ? -1 : agreement.settled / MICROSECONDS + UPTO_LAG_SECONDS - NOW
  })
  expect(seen).toEqual([-1, 1, 1, 1, 1, 3, 5, 5, 5, 6, 6])
})

test('the peers of a tab that is gone count no more, though nobody says that they left', () => {
  const agreement = new Agreement()
  agreement.take(synced(ONE), NOW as UnixTime, () => [ONE])
  agreement.take(synced(OTHER), (NOW + 100) as UnixTime, () => [OTHER])
  expect(agreement.settled).toBe((NOW + 100 - UPTO_LAG_SECONDS) * MICROSECONDS)
})
