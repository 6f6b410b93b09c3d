import { afterEach, expect, test, vi } from 'vitest'
import { DAY_SECONDS } from '../../../src/core/clock.ts'
import { Days } from '../../../src/elements/dashboard/days.ts'
import { define } from '../../../src/elements/define.ts'
import { NOON, watched, written } from './lobby.ts'
import { markupOf, wordsOf } from './markup.ts'

const TODAY = NOON / DAY_SECONDS - 0.5

define('peerset-dashboard-days', Days)

afterEach(() => {
  vi.restoreAllMocks()
})

test('the newest day with records is told, and any other when it is chosen', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  const { room, recorder } = await watched([written('one'), written('two'), written('old', 3 * DAY_SECONDS)])
  const days = new Days()
  expect(wordsOf(days.render())).toContain('No room is shown yet.')
  days.recorder = recorder
  expect(wordsOf(days.render())).toMatch(/2 days hold records.* 2026-11-21 2 records 3 in its branch/)
  days.chosen = TODAY - 3
  expect(wordsOf(days.render())).toContain('2026-11-18 1 record root')
  days.chosen = TODAY - 1
  expect(wordsOf(days.render())).toContain('2026-11-20 0 records root')
  await room.leave()
})

test('an empty room is pointed at today', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  const { room, recorder } = await watched()
  const days = new Days()
  days.recorder = recorder
  expect(wordsOf(days.render())).toContain('0 days hold records 1 Nov 8 Nov 15 Nov 2026-11-21 0 records root')
  await room.leave()
})

test('only what holds records has a node, and the drawing never fails for want of them', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  for (const records of [[], [written('one')]]) {
    const { room, recorder } = await watched(records)
    const days = new Days()
    days.recorder = recorder
    const markup = markupOf(days.render())
    expect(markup.match(/<circle/g)?.length ?? 0).toBe(records.length)
    expect(markup.match(/class="hit"/g)).toHaveLength(30)
    expect(markup).not.toMatch(/NaN|undefined/)
    await room.leave()
  }
})

test('ten years are drawn by the month, and a month can be looked into', async () => {
  vi.spyOn(Date, 'now').mockReturnValue(NOON * 1_000)
  const retention = 3_700 * DAY_SECONDS
  const { room, recorder } = await watched([written('new'), written('old', 3_600 * DAY_SECONDS)], { retention })
  const days = new Days()
  days.recorder = recorder
  expect(markupOf(days.render()).match(/class="hit"/g)).toHaveLength(119)
  expect(wordsOf(days.render())).toContain('2026-11 1 record 2 in its branch')
  days.within = { first: TODAY - 3_620, last: TODAY - 3_590 }
  expect(markupOf(days.render()).match(/class="hit"/g)).toHaveLength(31)
  expect(wordsOf(days.render())).toMatch(/1 day holds records All days .*2017-01-12 1 record root/)
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
