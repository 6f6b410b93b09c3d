import { expect, test } from 'vitest'
import { fold, hasWords, readWords, wordsIn, wordsOf } from '../../src/documents/words.ts'
import { QueryError } from '../../src/errors.ts'

test.each([
  ['STRASSE straße ẞ', 'strasse strasse ss'],
  ['ΣΑΣ σας', 'σασ σασ'],
  ['ﬁ Å ①', 'fi å 1'],
  ['ıIİ', 'ıii̇'],
  ['ꭰᏸ', 'ᎠᏰ'],
])('%s is compared as %s', (text, folded) => {
  expect(fold(text)).toBe(folded.normalize('NFKC'))
})

test('words are runs of letters and digits', () => {
  expect(wordsIn("It's 5_000 日本, né?")).toEqual(['it', 's', '5', '000', '日本', 'né'])
  expect(wordsOf({ title: 'a b', tags: ['b c', 5] }, ['title', 'tags', 'nothing'])).toEqual(['a', 'b', 'c'])
  expect(wordsOf({ title: Array.from({ length: 2_000 }, (_, n) => n).join(' ') }, ['title'])).toHaveLength(1_024)
})

test('all must occur, and a star ends a beginning', () => {
  const wanted = readWords('Vegan breakf*')
  expect(hasWords(wanted, ['vegan', 'breakfast'])).toBe(true)
  expect(hasWords(wanted, ['vegans', 'breakfast'])).toBe(false)
  expect(readWords(null)).toEqual([])
})

test.each([5, '', '*', 'a '.repeat(17)])('%s is nothing to search for', given => {
  expect(() => readWords(given)).toThrow(QueryError)
})
