import { expect, test } from 'vitest'
import { Shortlist } from '../../src/protocol/shortlist.ts'

test('it knows what was noted', () => {
  const shortlist = new Shortlist(3)
  shortlist.note(['a', 'b'])
  expect([shortlist.has('a'), shortlist.has('c'), shortlist.size]).toEqual([true, false, 2])
})

test('what comes when it is full is not remembered', () => {
  const shortlist = new Shortlist(3)
  for (const shortIds of [['a', 'b'], ['c', 'd'], ['e']]) shortlist.note(shortIds)
  expect(['a', 'b', 'c', 'd', 'e'].map(short => shortlist.has(short))).toEqual([true, true, true, false, false])
})
