/** Which deletions name what. */
import { expect, test } from 'vitest'
import { Marks } from '../../src/adapters/marks.ts'
import { KIND_DELETION, type Record, signRecord } from '../../src/core/record.ts'
import { key, START } from '../protocol/pair.ts'

const [ONE, OTHER] = ['01'.repeat(32), '02'.repeat(32)]
const AUTHOR = key(1).publicKey

function deletion(names: readonly string[], { author = 1, later = 0 } = {}): Record {
  const tags = names.map(name => ['e', name])
  const createdAt = (START + later) as Record['createdAt']
  return signRecord(key(author), { createdAt, kind: KIND_DELETION, tags, content: '' })
}

test('deletions are found by what they name and their author', () => {
  const marks = new Marks()
  const [first, second] = [deletion([ONE, OTHER]), deletion([ONE], { later: 1 })]
  const strange = deletion([ONE], { author: 2 })
  for (const each of [first, first, second, second, strange]) marks.add(each)
  expect(marks.of(ONE, AUTHOR)).toEqual([first.id, second.id])
  expect(marks.of(OTHER, AUTHOR)).toEqual([first.id])
  expect(marks.of(ONE, strange.author)).toEqual([strange.id])
  expect(marks.of(OTHER, strange.author)).toEqual([])
  expect(marks.authors()).toEqual(new Set([AUTHOR, strange.author]))
})

test('what is let go of leaves nothing behind', () => {
  const marks = new Marks()
  const [one, two, three] = [0, 1, 2].map(later => deletion([ONE, OTHER], { later })) as [Record, Record, Record]
  for (const each of [one, two, three]) marks.add(each)
  marks.remove(one)
  expect(marks.of(ONE, AUTHOR)).toEqual([two.id, three.id])
  marks.remove(two)
  marks.remove(one)
  expect(marks.of(ONE, AUTHOR)).toEqual([three.id])
  marks.remove(three)
  marks.remove(three)
  expect([marks.size, marks.authors().size]).toEqual([0, 0])
})
