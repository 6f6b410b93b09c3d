import { expect, test } from 'vitest'
import type { UnixTime } from '../../../src/core/clock.ts'
import { SecretKey } from '../../../src/core/keys.ts'
import { KIND_RECORD, signRecord } from '../../../src/core/record.ts'
import { type Face, FOLDED_CHARACTERS_MAX, FOLDED_LINES_MAX, faceOf, fold } from '../../../src/elements/room/face.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))

function show(content: string): Face {
  return faceOf(signRecord(KEY, { createdAt: 1_795_262_400 as UnixTime, kind: KIND_RECORD, tags: [], content }))
}

test('content is shown as it is, and JSON content by its text', () => {
  expect(show('hello').text).toBe('hello')
  expect(show('{"text":"hello","mood":"good"}')).toMatchObject({ text: 'hello', json: { mood: 'good' } })
})

test('JSON without a text, and what only looks like JSON, is shown as it is', () => {
  expect(show('{"celsius":7}').text).toBe('{"celsius":7}')
  expect(show('{"text":7}').text).toBe('{"text":7}')
  expect(show('{not JSON').json).toBeNull()
})

test('a face tells who wrote, and when', () => {
  const face = show('hello')
  expect(face.npub).toMatch(/^npub1/)
  expect(face.date.toISOString()).toBe('2026-11-21T12:00:00.000Z')
})

test('a long text is folded, and a short one is not', () => {
  expect(fold('x'.repeat(FOLDED_CHARACTERS_MAX))).toBeNull()
  expect(fold('x'.repeat(65_536))).toBe('x'.repeat(FOLDED_CHARACTERS_MAX))
})

test('many lines are folded, and a few are not', () => {
  expect(fold('\n'.repeat(FOLDED_LINES_MAX - 1))).toBeNull()
  expect(fold('line\n'.repeat(10_000))?.split('\n')).toHaveLength(FOLDED_LINES_MAX)
})

test('no character is cut in half', () => {
  const folded = fold(`x${'😀'.repeat(FOLDED_CHARACTERS_MAX)}`)
  expect(folded).not.toMatch(/\p{Surrogate}/u)
  expect(folded).toHaveLength(FOLDED_CHARACTERS_MAX - 1)
})
