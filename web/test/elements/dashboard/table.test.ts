import { html } from 'lit'
import { expect, test } from 'vitest'
import { scrolled, tableOf } from '../../../src/elements/dashboard/table.ts'
import { wordsOf } from './markup.ts'

test('a table says what it is, names its columns, and lays out its rows', () => {
  const columns = ['Address', { name: 'Lost', kind: 'end', title: 'How often' }] as const
  const rows = ['one', 'two'].map(word => html`<tr><td>${word}</td><td>0</td></tr>`)
  const table = scrolled('Table of things', tableOf('Things there are', columns, rows))
  expect(wordsOf(table)).toMatch(/Things there are Address Lost one 0 two 0/)
})
