/**
 * Words of documents: what a search by text finds, alike in every language.
 *
 * A word is a run of letters and digits of a text that was brought to NFKC and case-folded (Unicode's own tables).
 */

import type { Json } from '../core/action.ts'
import { DOCUMENT_WORDS_MAX, QUERY_WORDS_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { QueryError } from '../errors.ts'
import { isArray, valueAt } from './value.ts'

/** Another one rebuilds what stores have. */
export const WORDS_VERSION = 1

/** A word that must occur, or its beginning. */
export interface Word {
  readonly text: string
  readonly isBeginning: boolean
}

/** All that must occur. */
export type Words = readonly Word[]

/** Give the words of *text*, in order. */
export function wordsIn(text: string): string[] {
  return Array.from(fold(text).matchAll(WORD), ([word]) => word)
}

/** Give the different words of the texts, and lists of texts, at *fields*; at most `DOCUMENT_WORDS_MAX`. */
export function wordsOf(value: Json, fields: Iterable<string>): string[] {
  const found = new Set<string>()
  for (const field of fields) {
    const part = valueAt(value, field)
    for (const text of isArray(part) ? part : [part]) {
      if (typeof text === 'string') for (const word of wordsIn(text)) found.add(word)
    }
  }
  return [...found].slice(0, DOCUMENT_WORDS_MAX)
}

/**
 * Read what is searched for: words, of which `*` ends a beginning; none when it is null or undefined.
 *
 * Throws a QueryError when it is no text, has no word, or too many.
 */
export function readWords(given: unknown): Words {
  if (given == null) return []
  if (typeof given !== 'string') {
    throw new QueryError(`a text to search for is words such as "vegan breakf*", not ${shown(given)}`)
  }
  const found = Array.from(fold(given).matchAll(ASKED), ([word]) => {
    const text = word.replace('*', '')
    return { text, isBeginning: text !== word }
  })
  if (found.length > 0 && found.length <= QUERY_WORDS_MAX) return found
  throw new QueryError(`a text to search for has 1 to ${QUERY_WORDS_MAX} words, not ${found.length}`)
}

/** Bring *text* to the one form in which words are compared. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  return Array.from(text.normalize('NFKC'), foldedCharacter).join('').normalize('NFKC')
}

/** Say whether all *wanted* occur among *found*. */
export function hasWords(wanted: Words, found: Iterable<string>): boolean {
  const here = new Set(found)
  return wanted.every(({ text, isBeginning }) =>
    isBeginning ? [...here].some(word => word.startsWith(text)) : here.has(text),
  )
}

const WORD = /[\p{L}\p{N}]+/gu
const ASKED = /[\p{L}\p{N}]+\*?/gu
const ASCII = /^[\0-\x7f]*$/
/** Cherokee, whose letters fold to capitals. */
const TO_CAPITALS = /[\u13a0-\u13ff\uab70-\uabbf]/
const DOTLESS_I = '\u0131'

/** Fold one character as Unicode's table says (CaseFolding.txt, C and F), which JavaScript does not give by itself. */
function foldedCharacter(character: string): string {
  if (character === DOTLESS_I) return character
  if (TO_CAPITALS.test(character)) return character.toUpperCase()
  return character.toLowerCase().toUpperCase().toLowerCase()
}
