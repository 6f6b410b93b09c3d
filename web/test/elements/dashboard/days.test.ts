import { afterEach, expect, test, vi } from 'vitest'
import { DAY_SECONDS } from '../../../src/core/clock.ts'
import { Days } from '../../../src/elements/dashboard/days.ts'
import { define } from '../../../src/elements/define.ts'
import { NOON, watched, written } from './lobby.ts'
import { markupOf, wordsOf } from './markup.ts'

define('peerset-test-days', Days)

afterEach(() => {
  vi.restoreAllMocks()
})

test('the newest day with records is told, and any other when it is chosen', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  const { room, recorder } = await watched([written('one'), written('two'), written('old', 3 * DAY_SECONDS)])
  const days = new Days()
  expect(wordsOf(days.render())).toContain('No room is shown yet.')
  days.recorder = recorder
  expect(wordsOf(days.render())).toMatch(
    /2 of 91 days hold records.* 2026-11-21 2 records 4 below the top of the tree, 2 in its branch/,
  )
  days.chosen = 45
  expect(wordsOf(days.render())).toContain('0 records top of the tree, 3 in its branch')
  await room.leave()
})

test('every day has a node and a bar, and the drawing never fails for want of records', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  const { room, recorder } = await watched()
  const days = new Days()
  days.recorder = recorder
  const markup = markupOf(days.render())
  expect(markup.match(/<circle/g)).toHaveLength(91)
  expect(markup.match(/class="hit"/g)).toHaveLength(91)
  expect(markup).not.toMatch(/NaN|undefined/)
  await room.leave()
})

test('a day flashes when its count changes, and only then', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  const { room, recorder } = await watched([written('one')])
  const days = new Days()
  days.recorder = recorder
  const flashing = () => markupOf(days.render()).match(/flash/g)?.length ?? 0
  expect([flashing(), flashing()]).toEqual([0, 0])
  await room.add([written('two')])
  expect([flashing(), flashing()]).toEqual([2, 0])
  await room.leave()
})
