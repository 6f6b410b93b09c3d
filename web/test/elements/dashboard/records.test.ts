import { expect, test } from 'vitest'
import { makeManifest } from '../../../src/core/rules.ts'
import { PolicyClass } from '../../../src/core/verdict.ts'
import { marksOf, Records } from '../../../src/elements/dashboard/records.ts'
import { ANYTHING } from '../../../src/elements/dashboard/search.ts'
import { define } from '../../../src/elements/define.ts'
import { view } from '../../../src/policies/function.ts'
import type { SetRule } from '../../../src/ports.ts'
import { watched, written } from './lobby.ts'
import { markupOf, wordsOf } from './markup.ts'

define('peerset-dashboard-records', Records)

const repetition: SetRule = {
  name: 'repetition',
  policyClass: PolicyClass.SET_RULE,
  manifest: makeManifest({ name: 'repetition', version: 1 }),
  reason: 'said again later',
  group: record => [record.content],
  keep: seats => new Set(seats.slice(-1).map(seat => seat.id)),
}
const loud = view('loud', { version: 1 }, record => (record.content.includes('!') ? 'too loud' : null))

test('what is hidden from readers is marked with the reason', async () => {
  const given = [written('twice', 20), written('twice', 10), written('hey!', 5), written('plain', 1)]
  const { room } = await watched(given, { policies: [repetition, loud] })
  await room.moderation.judged()
  const deletion = await room.delete(given[3]?.id as never)
  const quarantine = new Map(room.moderation.quarantine().map(({ id, reason }) => [id as string, reason]))
  const marks = [...given.slice(0, 3), deletion].map(record => marksOf(room, record, quarantine))
  expect(marks.map(list => list.map(({ word }) => word))).toEqual([['shadowed'], [], ['quarantined'], ['deletion']])
  expect(marks[0]?.[0]?.reason).toBe('repetition: said again later')
  await room.moderation.mute(room.key)
  expect(marksOf(room, deletion, quarantine).map(({ word }) => word)).toEqual(['deletion', 'muted'])
  await room.leave()
})

test('the table shows a page of what is looked for', async () => {
  const { room, recorder } = await watched([written('fog\nat night', 1, [['c', 'notes']]), written('sun')])
  const records = new Records()
  expect(wordsOf(records.render())).toContain('No records here.')
  records.recorder = recorder
  await records.read()
  expect(wordsOf(records.render())).toContain('1–2 of 2')
  expect(wordsOf(records.render())).toMatch(/2026-11-21 11:59:59 \S+ 1078 notes fog at night 1\d\d B [0-9a-f]{8}/)
  records.look({ ...ANYTHING, text: 'sun' })
  await records.read()
  expect(wordsOf(records.render())).not.toContain('fog')
  expect(wordsOf(records.render())).toContain('Clear search')
  await room.leave()
  await records.read()
  expect(wordsOf(records.render())).toContain('No records here.')
})

test('a field that makes no sense is told beside the search', async () => {
  const records = new Records()
  records.look({ ...ANYTHING, kind: 'many' })
  expect(wordsOf(records.render())).toContain('kind: whole numbers up to 65535')
  expect(markupOf(records.render())).toContain('aria-invalid=true')
})

test('a page that has emptied gives way to the one before it', async () => {
  const { room, recorder } = await watched([written('only')])
  const records = new Records()
  records.recorder = recorder
  records.number = 1
  await records.read()
  expect(records.number).toBe(0)
  await room.leave()
})
