import { expect, test } from 'vitest'
import { Figures } from '../../../src/elements/dashboard/figures.ts'
import { define } from '../../../src/elements/define.ts'
import { watched, written } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-figures', Figures)

test('counters are shown, refusals by what refused them', async () => {
  const figures = new Figures()
  expect(wordsOf(figures.render())).toContain('Nothing to count yet.')
  const forged = { ...written('forged'), signature: new Uint8Array(64).fill(1) }
  const { room, recorder } = await watched([written('good'), forged, written('old', 100 * 86_400)])
  figures.recorder = recorder
  const words = wordsOf(figures.render())
  expect(words).toContain('Added 1 Refused 2 Deleted 0 Expired 0')
  expect(words).toContain('Last minute In 0 B/s Out 0 B/s')
  expect(words).toMatch(/Refused by (age 1 signature 1|signature 1 age 1)$/)
  await room.leave()
})
