import { expect, test } from 'vitest'
import { isNotice } from '../src/notices.ts'

test('what only a page tells is told apart from what the node tells', () => {
  expect(isNotice({ type: 'StorageUnavailable', reason: 'private mode' })).toBe(true)
  expect(isNotice({ type: 'StorageDamaged', reason: 'a row' })).toBe(true)
  expect(isNotice({ type: 'RecordsExpired', before: 0 as never, count: 1 })).toBe(false)
})
