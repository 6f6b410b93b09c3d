import { expect, test } from 'vitest'
import { SecretKey } from '../../../src/core/keys.ts'
import { keyName } from '../../../src/elements/dashboard/format.ts'
import { decisionsOf, LISTED_MAX, Moderation } from '../../../src/elements/dashboard/moderation.ts'
import { define } from '../../../src/elements/define.ts'
import { admission, view } from '../../../src/policies/function.ts'
import { NOON, watched, written } from './lobby.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-moderation', Moderation)

const STRANGER = new SecretKey(new Uint8Array(32).fill(8)).publicKey
const loud = view('loud', { version: 1 }, record => (record.content.includes('!') ? 'too loud' : null))
const short = admission('short', { version: 1 }, record => (record.content.length > 20 ? 'too long' : null))

const COURT = { quarantine: () => [], bans: () => [], muted: () => [] } as never

test('what is hidden is listed with the reason, until it is released', async () => {
  const record = written('hey!')
  const { room, recorder } = await watched([record, written('plain')], { policies: [loud] })
  await room.moderation.judged()
  const moderation = new Moderation()
  expect(wordsOf(moderation.render())).toContain('Nothing is hidden or refused')
  moderation.recorder = recorder
  expect(wordsOf(moderation.render())).toContain(`${record.id.slice(0, 8)} loud too loud Release`)
  const [decision] = decisionsOf(room.moderation, [], NOON)
  const act = decision?.undo?.act ?? expect.fail('a hidden record can be released')
  await moderation.undo(act)
  expect(wordsOf(moderation.render())).toContain('Nothing is hidden or refused')
  // Somebody else did it meanwhile.
  await moderation.undo(act)
  await room.leave()
})

test('bans and mutes are listed with a way back, and what is refused with its reason', async () => {
  const { room, recorder } = await watched([written('far too long for this room')], { policies: [short] })
  await room.moderation.mute(STRANGER)
  await room.moderation.ban(STRANGER, { seconds: 7_200, reason: 'floods' })
  const decisions = () => decisionsOf(room.moderation, recorder.refusals.elements(), NOON)
  expect(decisions().map(({ subject, word, reason }) => [subject, word, reason])).toEqual([
    [keyName(STRANGER), 'banned', 'floods (for 2 hours)'],
    [keyName(STRANGER), 'muted', 'nothing by this author is shown here'],
    [expect.any(String), 'short', 'refused: too long'],
  ])
  for (const { undo } of decisions()) await undo?.act()
  expect(decisions().map(({ word, undo }) => [word, undo])).toEqual([['short', null]])
  await room.leave()
})

test('many that one cause refused are one line with their number', () => {
  const peer = '0000friend' as never
  const sum = { type: 'RecordsRejected', count: 1_200, cause: 'policy', source: 'words', reason: 'bad', peer } as const
  const [decision] = decisionsOf(COURT, [{ ...sum, time: 0, number: 7 }], NOON)
  expect(decision).toMatchObject({ key: 'refusal 7', subject: '1,200 more', word: 'words', undo: null })
  expect(decision?.reason).toContain('refused: bad, from')
})

test('no more than so many are listed', async () => {
  const records = Array.from({ length: LISTED_MAX + 1 }, (_, at) => written(`${at}!`, at))
  const { room } = await watched(records, { policies: [loud] })
  await room.moderation.judged()
  expect(decisionsOf(room.moderation, [], NOON)).toHaveLength(LISTED_MAX)
  await room.leave()
})
