import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/changes.json'
import { readBookmark, writeBookmark } from '../../src/documents/change.ts'
import { CursorError } from '../../src/errors.ts'

test.each([null, undefined, 5, {}, '', '0'.repeat(8)])('%s is no place in a log', given => {
  expect(() => readBookmark(given)).toThrow(CursorError)
  expect(() => readBookmark(given)).toThrow('is no place in a log of changes')
})

test.each(vectors.bookmarks)('the bookmark $text is read as everywhere', ({ text, read }) => {
  if (read === null) return expect(() => readBookmark(text)).toThrow(CursorError)
  expect(readBookmark(text)).toEqual(read)
  expect(writeBookmark(readBookmark(text))).toBe(text)
})
