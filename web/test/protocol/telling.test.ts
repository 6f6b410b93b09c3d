import { expect, test } from 'vitest'
import { ANNOUNCE_IDS_MAX } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { ask, credit, flood, sorted } from '../../src/protocol/telling.ts'

const [ONE, TWO] = ['000001', '000002'] as [PeerId, PeerId]

test('what is asked for goes in messages of a limited length', () => {
  const prefixes = Array.from({ length: ANNOUNCE_IDS_MAX + 1 }, (_, number) => `${number}`.padStart(16, '0'))
  const parts = [prefixes.slice(0, ANNOUNCE_IDS_MAX), prefixes.slice(ANNOUNCE_IDS_MAX)]
  const messages = parts.map(prefixes => ({ type: 'Send', peer: ONE, message: { type: 'Pull', prefixes } }))
  expect(ask(ONE, [...prefixes])).toEqual(messages)
})

test('credit that is no news is not told', () => {
  expect(credit(ONE, null)).toEqual([])
  expect(credit(ONE, 7)).toMatchObject([{ peer: ONE, message: { type: 'Credit', totalBytes: 7 } }])
})

test('who sends what was not granted is blamed', () => {
  expect(flood(TWO)).toMatchObject([{ type: 'Strike', peer: TWO }])
})

test('peers come in the order of their ids', () => {
  const map = new Map([
    [TWO, 'b'],
    [ONE, 'a'],
  ])
  expect(sorted(map).map(([peer]) => peer)).toEqual([ONE, TWO])
})
