import { expect, test } from 'vitest'
import { fileOf } from '../../../src/elements/dashboard/archive.ts'
import { Tools } from '../../../src/elements/dashboard/tools.ts'
import { define } from '../../../src/elements/define.ts'
import { NOON, watched, written } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-tools', Tools)

async function toolsFor() {
  // Samples carry the time of the page, so the room's clock is the system's.
  const found = await watched([], {
    now: () => ({ monotonic: performance.now() / 1_000, unix: Math.floor(Date.now() / 1_000) }) as never,
  })
  const tools = new Tools()
  tools.recorder = found.recorder
  return { ...found, tools }
}

test('samples are made and brought in', async () => {
  const { room, tools } = await toolsFor()
  await tools.generate(20, 3)
  expect([room.count, tools.said, tools.task]).toEqual([20, '20 records are new.', null])
  await room.leave()
})

test('a file is brought in, and its bad lines are told', async () => {
  const { room, tools } = await toolsFor()
  await room.publish('now')
  const good = await room.records()
  const old = written('of long ago', NOON)
  await tools.import(new Blob([await fileOf([...good, old]).text(), 'nonsense\n'.repeat(9)]))
  expect(tools.said).toBe(
    `0 records are new, 2 were known or refused.\n9 lines hold no record: ${[3, 4, 5, 6, 7].map(line => `line ${line}: the line is not JSON`).join('; ')}`,
  )
  await room.leave()
  await tools.import(fileOf(good))
  expect(tools.said).toBe('the room was left')
})

test('work under way can be seen and stopped, and nothing else begins meanwhile', async () => {
  const { room, tools } = await toolsFor()
  const working = tools.generate(10_000, 1)
  expect(wordsOf(tools.render())).toMatch(/Generating .* Stop/)
  await tools.generate(5, 1)
  tools.task?.stopping.abort()
  await working
  expect(room.count).toBeLessThan(10_000)
  expect(wordsOf(tools.render())).not.toContain('Stop')
  await room.leave()
})

test('a reset is offered by who can join again, and asks first', async () => {
  const { room, tools } = await toolsFor()
  expect(wordsOf(tools.render())).toContain('Reset…')
  tools.reset = async () => {}
  tools.isAsking = true
  expect(wordsOf(tools.render())).toContain("Forget this page's copy of the room, and join anew? Reset Keep")
  await room.leave()
})
