import { expect, test } from 'vitest'
import { Table } from '../../src/data/table.ts'
import { encodeKey, endOf } from '../../src/documents/keys.ts'
import { ConfigError } from '../../src/errors.ts'

/** Make a table over rows that are there. */
function tableOver(rows: [key: (string | number)[], value: unknown][]): Table {
  const there = new Map(rows.map(([key, value]) => [encodeKey(key), JSON.stringify(value)]))
  return new Table(
    async key => there.get(key) ?? null,
    async ({ prefix, limit, isReversed }) => {
      const found = [...there].filter(([key]) => key >= prefix && key < endOf(prefix)).sort()
      return (isReversed ? found.reverse() : found).slice(0, limit ?? found.length)
    },
  )
}

test('what is written is read at once, beside what is there', async () => {
  const table = tableOver([
    [['a', 1], 'one'],
    [['a', 2], 'two'],
    [['a', 3], 'three'],
    [['b'], 'other'],
  ])
  table.put(['a', 2], 'new')
  table.put(['a', 4], 'four')
  table.delete(['a', 1])
  expect(await table.get(['a', 1])).toBeUndefined()
  expect([await table.get(['a', 2]), await table.get(['a', 3]), await table.get(['c'], 0)]).toEqual(['new', 'three', 0])
  const keys = (rows: [unknown[], unknown][]) => rows.map(([key]) => key.at(-1))
  expect(keys(await table.range(['a']))).toEqual([2, 3, 4])
  expect(keys(await table.range(['a'], { limit: 2 }))).toEqual([2, 3])
  expect(keys(await table.range(['a'], { limit: 2, reverse: true }))).toEqual([4, 3])
  expect(keys(await table.range())).toEqual([2, 3, 4, 'b'])
})

test('what was written for one change is taken back, and nothing else', async () => {
  const table = tableOver([[['a'], 1]])
  table.put(['b'], 1)
  table.commit()
  table.put(['a'], 2)
  table.put(['b'], 2)
  table.put(['b'], 3)
  table.delete(['c'])
  table.undo()
  expect([await table.get(['a']), await table.get(['b']), await table.get(['c'])]).toEqual([1, 1, undefined])
  expect(table.writes).toEqual([[encodeKey(['b']), '1']])
  expect(() => table.put('a' as never, 1)).toThrow(ConfigError)
  expect(() => table.put(['a'], undefined as never)).toThrow('a view cannot keep')
})
