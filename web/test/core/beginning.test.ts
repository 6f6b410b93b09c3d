import { expect, test } from 'vitest'
import { findBeginning } from '../../src/core/beginning.ts'
import type { Entry } from '../../src/core/block.ts'
import type { RecordId } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'

function knowing(...beginnings: string[]) {
  return { entries: async () => beginnings.map((each): Entry => [0, each.padEnd(64, '0') as RecordId]) }
}

test('first digits find the one record that has them', async () => {
  const store = knowing('3f2a01', '3f2b', '77')
  expect(await findBeginning('3f2a', store)).toBe('3f2a01'.padEnd(64, '0'))
  expect(await findBeginning('aaaa', store)).toBeNull()
})

test('first digits of several list them, but not all', async () => {
  const store = knowing('3f2a02', '3f2a01')
  const both = '2 records have an id that begins with "3f2a": 3f2a010000000000, 3f2a020000000000'
  await expect(findBeginning('3f2a', store)).rejects.toThrow(both)
  const many = knowing(...Array.from({ length: 7 }, (_, number) => `3f2a0${number}`))
  await expect(findBeginning('3f2a', many)).rejects.toThrow(/^7 records.*3f2a040000000000, \.\.\.$/)
  await expect(findBeginning('3f2a', many)).rejects.toThrow(ConfigError)
})
