import { afterEach, expect, test, vi } from 'vitest'
import { joinRoom } from '../../src/adapters/strategy.ts'
import type { Swarm, Venue } from '../../src/adapters/venue.ts'
import { PATIENCE_MS } from '../patience.ts'
import { watchedSwarm } from './swarms.ts'

/** As much of a connection as trystero keeps ready. */
class Connection extends EventTarget {
  readonly connectionState = 'new'
  readonly iceGatheringState = 'complete'
  readonly signalingState = 'stable'
  readonly localDescription = { type: 'offer', sdp: 'an offer' }

  createDataChannel(): object {
    return { close: () => {} }
  }

  async setLocalDescription(): Promise<void> {}

  close(): void {}
}

const entered: Swarm[] = []
const announced: string[] = []
let isLeft = false

function venue(interval: number | null): Venue {
  return {
    status: null,
    enter(swarm) {
      entered.push(swarm)
      return () => {
        isLeft = true
      }
    },
    announce(rootTopic) {
      announced.push(rootTopic)
      return interval
    },
    close: () => {},
  }
}

afterEach(() => {
  vi.useRealTimers()
})

test('a room is entered at all its places, announced there at their pace, and left', async () => {
  vi.useFakeTimers()
  const { gathering } = watchedSwarm()
  const venues = [venue(60_000), venue(null)]
  const rtcPolyfill = Connection as unknown as typeof RTCPeerConnection
  const config = { appId: 'peerset', venues, gathering, phased: null, trickleIce: false, rtcPolyfill }
  const room = joinRoom(config, 'lobby')
  await vi.waitFor(() => expect(announced).toHaveLength(2), PATIENCE_MS)
  const [first, second] = entered
  expect([first?.name, first?.gathering === gathering, second?.rootTopic]).toEqual([
    { app: 'peerset', room: 'lobby' },
    true,
    first?.rootTopic,
  ])
  const [made] = (await first?.offers(1)) ?? []
  expect(made?.offer).toMatch(/^\d+(,\d+){15}\$/)
  first?.tell({ peerId: '!'.repeat(20) as never, answer: 'nonsense' }, () => {})
  await vi.advanceTimersByTimeAsync(10_000)
  expect(announced).toHaveLength(5)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(announced).toHaveLength(6)
  const leaving = room.leave()
  await vi.advanceTimersByTimeAsync(1_000)
  await leaving
  await vi.advanceTimersByTimeAsync(600_000)
  expect([isLeft, announced.length]).toEqual([true, 6])
})
