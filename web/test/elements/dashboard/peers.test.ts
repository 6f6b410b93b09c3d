import { expect, test } from 'vitest'
import { Peers } from '../../../src/elements/dashboard/peers.ts'
import { Recorder } from '../../../src/elements/dashboard/recorder.ts'
import { define } from '../../../src/elements/define.ts'
import type { Room } from '../../../src/room/room.ts'
import { meet, Pacer } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-peers', Peers)

test('the table tells who each peer is and how its session stands', async () => {
  const peers = new Peers()
  expect(wordsOf(peers.render())).toContain('No peer has a channel to us.')
  const [room, other] = (await meet(2)) as [Room, Room]
  peers.recorder = new Recorder(room, new Pacer())
  peers.recorder.open()
  await other.publish('hello')
  await room.synced()
  const words = wordsOf(peers.render())
  expect(words).toContain('Peers 1')
  expect(words).toMatch(/…\d{6} npub1\w{5}…\w{4} established (equal|differs) /)
  peers.recorder.close()
  await Promise.all([room.leave(), other.leave()])
})
