import { expect, test } from 'vitest'
import { linesWith, Terminal } from '../../../src/elements/dashboard/terminal.ts'
import { define } from '../../../src/elements/define.ts'
import { watched, written } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-terminal', Terminal)

test('lines are filtered, held and shown', async () => {
  const terminal = new Terminal()
  expect(wordsOf(terminal.render())).toContain('Nothing has happened yet.')
  const { room, recorder } = await watched([written('good'), written('old', 100 * 86_400)])
  terminal.recorder = recorder
  expect(wordsOf(terminal.render())).toMatch(/Log 2 .*RecordRejected id .*RecordAdded record/)
  terminal.hold()
  recorder.log.note('later', 'plain', 'unseen', 0)
  expect(wordsOf(terminal.render())).not.toContain('unseen')
  terminal.hold()
  terminal.wanted = ' REJECTED '
  expect(wordsOf(terminal.render())).toMatch(/Log 1 /)
  expect(linesWith(recorder.log.lines(), '').length).toBe(3)
  await room.leave()
})
