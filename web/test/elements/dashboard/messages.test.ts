import { expect, test } from 'vitest'
import { chosen, Messages } from '../../../src/elements/dashboard/messages.ts'
import type { SeenMessage, Topic } from '../../../src/elements/dashboard/recorder.ts'
import { define } from '../../../src/elements/define.ts'
import { NOON, watched } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-messages', Messages)

const seen = (peer: string, message: string, bytes: number): SeenMessage => ({
  peer: peer as never,
  direction: bytes > 100 ? 'in' : 'out',
  message,
  bytes,
  at: 0,
  time: NOON * 1_000,
})
const SOME = [seen('alice', 'Ping', 7), seen('bob', 'Records', 4_096), seen('alice', 'Records', 2_048)]

test('messages are chosen by peer and type, newest first', () => {
  expect(chosen(SOME, { peer: null, type: null })).toEqual(SOME.toReversed())
  expect(chosen(SOME, { peer: 'alice', type: null })).toEqual([SOME[2], SOME[0]])
  expect(chosen(SOME, { peer: 'alice', type: 'Ping' })).toEqual([SOME[0]])
})

test('the table tells time, peer, way, type and size; a pause holds what is shown', async () => {
  const { room, recorder } = await watched()
  const messages = new Messages()
  expect(wordsOf(messages.render())).toContain('No message has crossed yet.')
  messages.recorder = recorder
  for (const each of SOME) recorder.messages.push(each)
  expect(wordsOf(messages.render())).toContain('12:00:00.000 alice ↓ in Records 2.0 kB 12:00:00.000 bob')
  messages.hold()
  recorder.messages.push(seen('carol', 'Fin', 50))
  expect(wordsOf(messages.render())).not.toContain('carol')
  messages.hold()
  expect(wordsOf(messages.render())).toContain('carol ↑ out Fin 50 B')
  messages.filter = { peer: 'dave', type: null }
  expect(wordsOf(messages.render())).toContain('None of these.')
  await room.leave()
})

class Probe extends Messages {
  asked = 0

  override requestUpdate(): void {
    this.asked = (this.asked ?? 0) + 1
  }

  hear(...topics: Topic[]): number {
    this.asked = 0
    this.changed(new Set(topics))
    return this.asked
  }
}

define('peerset-test-messages-probe', Probe)

test('a flood is drawn once a second, everything else at once, and nothing while paused', async () => {
  const { room, recorder } = await watched()
  const probe = new Probe()
  probe.recorder = recorder
  expect(probe.hear('time')).toBe(0)
  recorder.messages.push(seen('alice', 'Ping', 7))
  expect(probe.hear('messages')).toBe(1)
  for (let number = 0; number < 100; number += 1) recorder.messages.push(seen('alice', 'Ping', 7))
  expect(probe.hear('messages')).toBe(0)
  expect(probe.hear('messages', 'time')).toBe(1)
  probe.render()
  expect(probe.hear('time')).toBe(0)
  probe.hold()
  recorder.messages.push(seen('alice', 'Ping', 7))
  expect(probe.hear('messages')).toBe(0)
  await room.leave()
})
