import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/pins.json'
import { type Record, recordOf } from '../../src/core/record.ts'
import { makeManifest } from '../../src/core/rules.ts'
import { PolicyClass, type Verdict } from '../../src/core/verdict.ts'
import { Panel } from '../../src/moderation/panel.ts'
import { judge, subjectOf } from '../../src/moderation/pinned.ts'
import type { Policy } from '../../src/ports.ts'

const ACCEPT: Verdict = { type: 'Accept' }
const [pin, inside] = [recordOf(vectors.pins[0]?.event), recordOf(vectors.pins[0]?.inside)]

/** Refuses all but deletions, says where, and notes of what it was asked. */
function censor(name: string, asked: Record[]): Policy {
  const verdict: Verdict = { type: 'Reject', policy: name, reason: 'a word', rule: '', span: [0, 4] }
  const judgeAll = (records: readonly Record[]) => {
    asked.push(...records)
    return records.map(() => (name === 'pins' ? ACCEPT : verdict))
  }
  return { name, policyClass: PolicyClass.ADMISSION, manifest: makeManifest({ name, version: 1 }), judge: judgeAll }
}

function panelOf(...policies: Policy[]): Panel {
  return new Panel(policies, { onComplaint: () => {} })
}

test('where nobody may pin, pins are refused and all else is judged', async () => {
  const [refused, taken] = await judge([pin, inside], panelOf(), [])
  expect(refused).toMatchObject({ policy: 'pins', rule: 'allow' })
  expect(taken).toEqual(ACCEPT)
})

test.each(vectors.refusals.filter(({ event }) => event.kind === 1081))('refused is $name', async ({ event, says }) => {
  const refusal = { type: 'Reject', policy: 'pins', reason: says, rule: 'form', span: null }
  expect(await judge([recordOf(event), pin], panelOf(), [{ name: 'pins' }])).toEqual([refusal, ACCEPT])
})

test('policies are asked of the record inside, and that of pins of the pin', async () => {
  const [words, pins]: [Record[], Record[]] = [[], []]
  const [verdict] = await judge([pin], panelOf(censor('pins', pins), censor('words', words)), [{ name: 'pins' }])
  expect(verdict).toMatchObject({ policy: 'words', span: null })
  expect([words[0]?.id, pins[0]?.id]).toEqual([inside.id, pin.id])
})

test('what holds nothing is its own subject', () => {
  const broken = { ...pin, content: '' }
  expect(subjectOf(broken, 'words')).toBe(broken)
  expect(subjectOf(inside, 'words')).toBe(inside)
})
