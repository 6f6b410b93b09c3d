import { expect, test } from 'vitest'
import { takesPins } from '../../src/room/outlasting.ts'

test('where no policy is about pins, nobody may pin', () => {
  expect(takesPins([])).toBe(false)
  expect(takesPins([{ name: 'words' }])).toBe(false)
  expect(takesPins([{ name: 'words' }, { name: 'pins' }])).toBe(true)
})
