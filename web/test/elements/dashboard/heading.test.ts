import { expect, test, vi } from 'vitest'
import { Heading } from '../../../src/elements/dashboard/heading.ts'
import { define } from '../../../src/elements/define.ts'
import { watched, written } from './lobby.ts'
import { markupOf, wordsOf } from './markup.ts'

define('peerset-dashboard-heading', Heading)

test('the head shows the room, who we are, and the root', async () => {
  const heading = new Heading()
  expect(wordsOf(heading.render())).toBe('No room is shown yet.')
  const { room, recorder } = await watched([written('one'), written('two', 86_400)])
  heading.recorder = recorder
  const words = wordsOf(heading.render())
  expect(words).toMatch(/^lobby in peerset alone, looking for peers Records 2 Days 2 Peers 0 You npub1\w{5}…\w{4} Root/)
  expect(markupOf(heading.render())).toContain(room.root)
  await room.leave()
  expect(wordsOf(heading.render())).toContain('room closed')
})

test('a page without a network says so', async () => {
  vi.stubGlobal('navigator', { onLine: false })
  const { room, recorder } = await watched()
  const heading = new Heading()
  heading.recorder = recorder
  expect(wordsOf(heading.render())).toContain('lobby in peerset offline')
  vi.unstubAllGlobals()
  await room.leave()
})
