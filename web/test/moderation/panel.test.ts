import { afterEach, expect, test, vi } from 'vitest'
import type { Record } from '../../src/core/record.ts'
import { makeManifest } from '../../src/core/rules.ts'
import { FAILED, PolicyClass, type Verdict } from '../../src/core/verdict.ts'
import { isAnswer, Panel, RECHECK_BATCHES, TIMEOUT_MILLISECONDS } from '../../src/moderation/panel.ts'
import type { Policy } from '../../src/ports.ts'

const ACCEPT: Verdict = { type: 'Accept' }
const refusal = (policy: string, rule = ''): Verdict => ({ type: 'Reject', policy, reason: 'no', rule, span: null })
const records = ['a', 'b', 'c'].map(content => ({ content }) as Record)

function policy(name: string, judge: Policy['judge'], extra: Partial<Policy> = {}): Policy {
  return { name, policyClass: PolicyClass.ADMISSION, manifest: makeManifest({ name, version: 1 }), judge, ...extra }
}

function panelOf(...policies: Policy[]): { panel: Panel; complaints: string[] } {
  const complaints: string[] = []
  const panel = new Panel(policies, { onComplaint: (name, what) => complaints.push(`${name} ${what}`) })
  return { panel, complaints }
}

afterEach(() => {
  vi.useRealTimers()
})

test('the first refusal wins, and later policies are not asked of what is refused', async () => {
  const asked: number[] = []
  const first = policy('first', given => given.map(record => (record.content === 'b' ? refusal('first') : ACCEPT)))
  const second = policy('second', given => {
    asked.push(given.length)
    return given.map(() => ACCEPT)
  })
  const { panel } = panelOf(first, second)
  expect(await panel.judge(records)).toEqual([ACCEPT, refusal('first'), ACCEPT])
  expect(asked[0]).toBe(2)
  expect([panel.isEmpty, panelOf().panel.isEmpty]).toEqual([false, true])
})

test('one record that breaks a policy does not harm the others of its batch', async () => {
  const fragile = policy('fragile', given => {
    if (given.some(record => record.content === 'b')) throw new Error('I cannot read b')
    return given.map(() => ACCEPT)
  })
  const { panel, complaints } = panelOf(fragile)
  const verdicts = await panel.judge(records)
  expect(verdicts.map(verdict => verdict.type)).toEqual(['Accept', 'Reject', 'Accept'])
  expect(verdicts[1]).toMatchObject({ policy: 'fragile', rule: FAILED })
  expect(complaints).toEqual(['fragile threw Error: I cannot read b'])
})

test('a broken policy that fails open lets records in', async () => {
  const { panel } = panelOf(policy('open', () => [], { failsOpen: true }))
  expect(await panel.judge(records)).toEqual([ACCEPT, ACCEPT, ACCEPT])
  expect(panel.complaints.get('open')).toBe('did not give one verdict a record')
})

test('a policy that takes too long is given up, and not asked before it has answered', async () => {
  vi.useFakeTimers()
  let asked = 0
  let answer: (verdicts: Verdict[]) => void = () => {}
  const hangs = policy('hangs', given => {
    asked += 1
    if (asked > 1) return given.map(() => ACCEPT)
    return new Promise(resolve => {
      answer = resolve
    })
  })
  const { panel, complaints } = panelOf(hangs)
  const waiting = panel.judge(records)
  await vi.advanceTimersByTimeAsync(TIMEOUT_MILLISECONDS)
  expect((await waiting).every(verdict => verdict.type === 'Reject')).toBe(true)
  await panel.judge(records)
  expect(asked).toBe(1)
  expect(complaints).toEqual(['hangs gave no answer within 2 s and is not asked until it has'])
  answer([])
  await vi.advanceTimersByTimeAsync(0)
  expect(await panel.judge(records)).toEqual([ACCEPT, ACCEPT, ACCEPT])
})

test('an admission policy that changes its mind is named', async () => {
  let turn = 0
  const moody = policy('moody', given => {
    turn += 1
    return given.map(() => (turn % 2 === 0 ? refusal('moody') : ACCEPT))
  })
  const { panel, complaints } = panelOf(moody)
  for (let batch = 0; batch < RECHECK_BATCHES; batch += 1) await panel.judge(records)
  expect(complaints).toEqual(['moody gave other verdicts when asked again: it is no admission policy'])
})

test('only a list of verdicts, one a record, is an answer', () => {
  const none: unknown[] = [null, 'yes', { type: 'Maybe' }, { type: 'Reject', policy: 'p' }]
  expect(isAnswer([ACCEPT, refusal('p')], 2)).toBe(true)
  expect(none.map(answer => isAnswer([answer], 1))).toEqual([false, false, false, false])
  expect([isAnswer([ACCEPT], 2), isAnswer(null, 0)]).toEqual([false, false])
})
