import { expect, test } from 'vitest'
import { Quarantine } from '../../../src/elements/dashboard/quarantine.ts'
import { define } from '../../../src/elements/define.ts'
import { view } from '../../../src/policies/function.ts'
import { watched, written } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-test-quarantine', Quarantine)

test('what is hidden is listed with the reason, until it is released', async () => {
  const loud = view('loud', { version: 1 }, record => (record.content.includes('!') ? 'too loud' : null))
  const record = written('hey!')
  const { room, recorder } = await watched([record, written('plain')], { policies: [loud] })
  await room.moderation.judged()
  const quarantine = new Quarantine()
  expect(quarantine.render()).toBeNull()
  quarantine.recorder = recorder
  expect(wordsOf(quarantine.render())).toBe(`Quarantine 1 ${record.id.slice(0, 8)} loud too loud Release`)
  expect(quarantine.hasAttribute('hidden')).toBe(false)
  await quarantine.release(record.id)
  expect([quarantine.render(), quarantine.hasAttribute('hidden')]).toEqual([null, true])
  await quarantine.release(record.id)
  await room.leave()
})
