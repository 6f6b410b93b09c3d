/** Which blobs records name, and which of these are seen. */
import { expect, test } from 'vitest'
import type { Record, RecordId } from '../../src/core/record.ts'
import { Names } from '../../src/drive/names.ts'

const ROOT = 'cd'.repeat(32)

function record(id: string, author = 'one', tags: string[][] = [['blob', ROOT, '9']]): Record {
  return { id, author, tags } as unknown as Record
}

test('a blob is named while a record is here, and seen while that is not hidden', async () => {
  const here = new Map<string, Record>()
  const hidden = new Set<string>()
  const names = new Names({
    get: async ids => ids.flatMap(id => here.get(id) ?? []),
    isWithheld: ({ id }) => hidden.has(id),
  })
  expect(names.add(record('x', 'one', []))).toBeNull()
  for (const each of [record('a'), record('b', 'two')]) {
    here.set(each.id, each)
    expect(names.add(each)).toEqual({ root: ROOT, size: 9 })
  }
  expect([await names.isSeen(ROOT), names.isBy(ROOT, 'two' as never), names.isBy(ROOT, 'three' as never)]).toEqual([
    true,
    true,
    false,
  ])
  hidden.add('a')
  expect(await names.isSeen(ROOT)).toBe(true)
  here.delete('b')
  expect([await names.isSeen(ROOT), await names.isNamed(ROOT), names.roots]).toEqual([false, true, [ROOT]])
  here.delete('a' as RecordId)
  expect([await names.isNamed(ROOT), names.roots, names.claims(ROOT)]).toEqual([false, [], []])
})

test('each size that is said of a blob may be its own until it is refuted', async () => {
  const here = new Map<string, Record>()
  const names = new Names({ get: async ids => ids.flatMap(id => here.get(id) ?? []), isWithheld: () => false })
  const sizes = [5, 7, 5, ...Array.from({ length: 20 }, (_, at) => 10 + at)]
  for (const [at, size] of sizes.entries()) names.add(record(`${at}`, 'one', [['blob', ROOT, `${size}`]]))
  const claimed = () => names.claims(ROOT).map(({ size }) => size)
  expect(claimed()).toEqual([5, 7, 10, 11, 12, 13, 14, 15])
  names.refute({ root: ROOT, size: 5 })
  names.refute({ root: ROOT, size: 11 })
  expect(claimed()).toEqual([7, 10, 12, 13, 14, 15, 16, 17])
  names.refute({ root: 'ab'.repeat(32), size: 5 })
  expect(names.roots).toEqual([ROOT])
  // What nobody names any more is forgotten with what was refuted of it.
  expect(await names.isNamed(ROOT)).toBe(false)
  names.add(record('a', 'one', [['blob', ROOT, '5']]))
  expect(claimed()).toEqual([5])
})
