import { afterEach, expect, test, vi } from 'vitest'
import { Trackers } from '../../../src/elements/dashboard/trackers.ts'
import { define } from '../../../src/elements/define.ts'
import { NOON, watched } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-trackers', Trackers)

afterEach(() => {
  vi.restoreAllMocks()
})

test('trackers are told by host and state, and for how long', async () => {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  const { room, recorder, pacer } = await watched()
  const trackers = new Trackers()
  expect(wordsOf(trackers.render())).toContain('asks no tracker')
  trackers.recorder = recorder
  const states: ('open' | 'connecting' | 'closed')[] = ['open', 'closed']
  const relays = () => [
    { url: 'wss://a.example:8443/path', state: states[0] },
    { url: 'nonsense', state: states[1] },
  ]
  Object.defineProperty(room, 'relays', { get: relays })
  pacer.tick()
  clock.mockReturnValue((NOON + 300) * 1_000)
  pacer.tick()
  const words = () => wordsOf(trackers.render())
  expect(words()).toMatch(/1 of 2 open.* a\.example:8443 open 5 minutes 0 nonsense closed 5 minutes 0/)
  states[0] = 'closed'
  pacer.tick()
  expect(words()).toMatch(/0 of 2 open.* a\.example:8443 closed 0 seconds 1 nonsense closed 5 minutes 0/)
  await room.leave()
})
