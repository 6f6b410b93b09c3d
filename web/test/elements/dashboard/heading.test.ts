import { expect, test } from 'vitest'
import { Heading, standingOf } from '../../../src/elements/dashboard/heading.ts'
import { define } from '../../../src/elements/define.ts'
import type { PeerStatus } from '../../../src/protocol/neighbour.ts'
import { watched, written } from './lobby.ts'
import { markupOf, wordsOf } from './markup.ts'

define('peerset-test-heading', Heading)

const peer = (state: PeerStatus['state'], isSynced = false) => ({ state, isSynced }) as PeerStatus

test('a room is in sync when every established peer is', () => {
  const words = (...peers: PeerStatus[]) => standingOf(peers, true).word
  expect(words()).toBe('Waiting for peers')
  expect(words(peer('foreign'), peer('greeted'))).toBe('Waiting for peers')
  expect(words(peer('established', true), peer('established'))).toBe('Syncing')
  expect(words(peer('established', true), peer('foreign'))).toBe('In sync')
  expect(standingOf([peer('established', true)], false)).toEqual({ word: 'Room closed', tone: 'bad' })
})

test('the head shows the room, who we are, the root and the relays', async () => {
  const heading = new Heading()
  expect(wordsOf(heading.render())).toBe('No room is shown yet.')
  const { room, recorder } = await watched([written('one'), written('two', 86_400)])
  heading.recorder = recorder
  const words = wordsOf(heading.render())
  expect(words).toMatch(/^lobby in peerset Waiting for peers Records 2 Days 2 Peers 0 You npub1\w{5}…\w{4} Root/)
  expect(markupOf(heading.render())).toContain(room.root)
  await room.leave()
  expect(wordsOf(heading.render())).toContain('Room closed')
})

test('relays are told by host and state, whatever their address', async () => {
  const { room, recorder } = await watched()
  const heading = new Heading()
  heading.recorder = recorder
  const relays = [
    { url: 'wss://a.example:8443/path', state: 'open' },
    { url: 'nonsense', state: 'closed' },
  ]
  Object.defineProperty(room, 'relays', { get: () => relays })
  expect(wordsOf(heading.render())).toContain('a.example:8443 open nonsense closed')
  await room.leave()
})
