import { expect, test } from 'vitest'
import { stampOf } from '../../src/core/stamp.ts'
import { parentsOf, placeOf, VOID } from '../../src/documents/document.ts'
import { nameIn, remainsOf, shellWith } from '../../src/documents/remains.ts'
import { ANN, document } from '../adapters/placeSamples.ts'

test('of a version its register, its date and what it follows are left, and nothing of what it says', () => {
  const first = document(ANN, 1, { title: 'secret' }, { key: 'k' })
  const second = document(ANN, 2, null, { key: 'k', follows: [first] })
  const tagged = { ...second, tags: [...second.tags, ['t', 'secret'], ['us', '5'], ['e', 'ab'.repeat(32), '', 'root']] }
  const shell = shellWith(tagged, remainsOf(tagged) ?? [])
  expect([shell.content, shell.wire.length, JSON.stringify(shell).includes('secret')]).toEqual(['', 0, false])
  expect([stampOf(shell), parentsOf(shell)]).toEqual([stampOf(tagged), [first.id]])
  expect([nameIn(shell.tags), placeOf(shell, 'places')]).toEqual(['places', ['k', VOID]])
})

test('of what is no document nothing is left', () => {
  const { tags } = document(ANN, 1, { title: 'a' })
  expect(remainsOf({ kind: 1, tags })).toBeNull()
  expect(remainsOf({ kind: 1_078, tags: [['d', 'k'], ['c']] })).toBeNull()
})
