import { afterEach, expect, test, vi } from 'vitest'
import { Signaling } from '../../../src/elements/dashboard/signaling.ts'
import { define } from '../../../src/elements/define.ts'
import type { SignalingStatus } from '../../../src/ports.ts'
import { NOON, watched } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-signaling', Signaling)

afterEach(() => {
  vi.restoreAllMocks()
})

test('places are told by host, strategy and state, for how long, and when they are tried again', async () => {
  const noon = NOON * 1_000
  const clock = vi.spyOn(Date, 'now').mockReturnValue(noon)
  const { room, recorder, pacer } = await watched()
  const signaling = new Signaling()
  expect(wordsOf(signaling.render())).toContain('looks for peers nowhere')
  signaling.recorder = recorder
  const common = { since: noon, error: null, lastSuccess: null, nextTry: null }
  const places: SignalingStatus[] = [
    { ...common, strategy: 'torrent', place: 'wss://a.example:8443/path', state: 'open', lastSuccess: noon },
    { ...common, strategy: 'nostr', place: 'nonsense', state: 'closed', error: 'blocked: go away' },
  ]
  Object.defineProperty(room, 'signaling', { get: () => [...places] })
  pacer.tick()
  clock.mockReturnValue(noon + 300_000)
  pacer.tick()
  const words = () => wordsOf(signaling.render())
  expect(words()).toMatch(
    /1 of 2 open.* a\.example:8443 torrent open 5 minutes 5 minutes 0 nonsense nostr closed 5 minutes never 0/,
  )
  const [first, second] = places as [SignalingStatus, SignalingStatus]
  places.splice(0, 2, { ...first, state: 'resting', since: noon + 300_000, nextTry: noon + 342_000 }, second)
  pacer.tick()
  expect(words()).toMatch(
    /0 of 2 open.* a\.example:8443 torrent resting, next try in 42 seconds 0 seconds 5 minutes 1 nonsense/,
  )
  await room.leave()
})
