import { expect, test } from 'vitest'
import type { RecordId } from '../../src/core/record.ts'
import { digestOf, readCursor, writeCursor } from '../../src/documents/cursor.ts'
import { QueryError } from '../../src/errors.ts'

const DIGEST = digestOf(['places'])
const SEAT = {
  values: ['\ufeffé🙂', null, true, -0.5, 1e20],
  stamp: 1_790_000_000_000_007,
  id: 'ab'.repeat(32) as RecordId,
}

test('a place is written and read again', () => {
  const text = writeCursor(DIGEST, SEAT)
  expect(text).toMatch(/^[\w-]+$/)
  expect(readCursor(text, DIGEST, 5)).toEqual(SEAT)
})

test('the cursor of another query says so', () => {
  expect(() => readCursor(writeCursor(digestOf(['spots']), SEAT), DIGEST, 5)).toThrow('of another query')
})

test.each([5, null, '', '!', 'AAAA', writeCursor(DIGEST, SEAT).slice(0, -3), `${writeCursor(DIGEST, SEAT)}AAAA`])(
  '%s is no cursor',
  text => {
    expect(() => readCursor(text, DIGEST, 5)).toThrow(QueryError)
  },
)

test('a cursor with fewer values than the order has is none', () => {
  expect(() => readCursor(writeCursor(DIGEST, SEAT), DIGEST, 4)).toThrow('is no cursor')
})
