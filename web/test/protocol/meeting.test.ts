/** A page brings its neighbours together, those that said that they understand it. */
import { expect, test } from 'vitest'
import type { PeerId } from '../../src/core/signal.ts'
import { Meeting } from '../../src/protocol/meeting.ts'
import { hexOf } from '../../src/protocol/passing.ts'
import { HELLO } from './messages.ts'
import { at } from './pair.ts'

const [ONE, TWO, PLAIN] = ['1', '2', '3'].map(digit => digit.repeat(20) as PeerId) as [PeerId, PeerId, PeerId]

function made(): Meeting {
  const meeting = new Meeting()
  for (const peer of [ONE, TWO]) meeting.join(peer, HELLO, at(0))
  meeting.join(PLAIN, { ...HELLO, features: 0 }, at(0))
  return meeting
}

test('what one neighbour has for another is passed on, and nothing to who does not understand it', () => {
  const meeting = made()
  const message = { type: 'Introduce', to: hexOf(TWO), source: hexOf(ONE), sealed: Uint8Array.of(1) } as const
  expect(meeting.hear(ONE, message, at(0))).toEqual([{ type: 'Send', peer: TWO, message }])
  expect(meeting.hear(ONE, { ...message, to: hexOf(PLAIN) }, at(0))).toEqual([])
  meeting.leave(TWO, at(0))
  expect(meeting.hear(ONE, message, at(0))).toEqual([])
})

test('who asks is told of the others, and what is about something else is none of its business', () => {
  const meeting = made()
  expect(meeting.hear(ONE, { type: 'Seek' }, at(0))).toMatchObject([{ message: { peers: { length: 52 } } }])
  expect(meeting.hear(ONE, { type: 'Ping', token: 1 }, at(0))).toEqual([])
})
