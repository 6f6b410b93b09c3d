import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/nip06.json'
import { keyOfWords, WORD_COUNTS, WORDS_ENTROPY_BYTES, wordsOf } from '../../src/core/nip06.ts'
import { ConfigError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'

test.each(vectors.keys)('words stand for their key: $words', async ({ words, account, passphrase, secret }) => {
  const key = await keyOfWords(words, { account, passphrase })
  expect(bytesToHex(key.secret)).toBe(secret)
})

test.each(vectors.refusals)('what are no words is refused: $says', async ({ words, account, says }) => {
  const refused = keyOfWords(words, { account })
  await expect(refused).rejects.toThrow(ConfigError)
  await expect(refused).rejects.toThrow(says)
})

test('any entropy is written as words that are read again', async () => {
  const rng = seededRng('words')
  expect([16, 20, 24, 28, 32].map(size => wordsOf(rng.randomBytes(size)).split(' ').length)).toEqual(WORD_COUNTS)
  const drawn = Array.from({ length: 4 }, () => wordsOf(rng.randomBytes(WORDS_ENTROPY_BYTES)))
  const keys = await Promise.all(drawn.map(words => keyOfWords(words)))
  expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(4)
})
