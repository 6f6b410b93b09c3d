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
  expect([await names.isSeen(ROOT), await names.isNamed(ROOT), names.all.length]).toEqual([false, true, 1])
  here.delete('a' as RecordId)
  expect([await names.isNamed(ROOT), names.all]).toEqual([false, []])
})
