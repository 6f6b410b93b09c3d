/** What a reader looks for among the records: what the fields of the search mean, and what they find. */

import { DAY_SECONDS } from '../../core/clock.ts'
import { addressOf, addressText, digestOf } from '../../core/deletion.ts'
import { isPublicKey, type PublicKey } from '../../core/keys.ts'
import { KIND_MAX } from '../../core/limits.ts'
import { decodeNip19, isPointer, type Pointer } from '../../core/nip19.ts'
import type { Record } from '../../core/record.ts'
import { PeersetError } from '../../errors.ts'
import type { Query } from '../../room/query.ts'
import { npubOf } from './format.ts'

/** The fields as they were typed; an empty one matches everything. */
export interface SearchFields {
  /** Words that the content holds, the beginning of an id, or a name of NIP-19. */
  readonly text: string
  /** An npub or a public key in hex, or the beginning of one, or an nprofile. */
  readonly author: string
  /** One kind, or several with commas. */
  readonly kind: string
  readonly collection: string
  /** A UTC day such as 2026-11-21. */
  readonly since: string
  /** A UTC day, which is searched to its end. */
  readonly until: string
}

/** What to ask the room, and what to pick from its answer. */
export interface Search {
  readonly query: Query
  /** Says which records pass what no index knows; null when the query says it all. */
  readonly accepts: ((record: Record) => boolean) | null
  /** What is wrong with a field, for its writer; that field is left out of the search. */
  readonly problems: ReadonlyMap<keyof SearchFields, string>
}

/** Fields that match everything. */
export const ANYTHING: SearchFields = { text: '', author: '', kind: '', collection: '', since: '', until: '' }

/** Read *fields*. */
export function readSearch(fields: SearchFields): Search {
  const reading = new Reading()
  reading.author(fields.author.trim().toLowerCase())
  reading.kinds(fields.kind.trim())
  reading.day('since', fields.since.trim())
  reading.day('until', fields.until.trim())
  reading.words(fields.text)
  if (fields.collection.trim() !== '') reading.query.collection = fields.collection.trim()
  const { query, tests, problems } = reading
  const accepts = tests.length === 0 ? null : (record: Record) => tests.every(test => test(record))
  return { query, accepts, problems }
}

/** Say whether *fields* match everything. */
export function isAnything(fields: SearchFields): boolean {
  return Object.values(fields).every(value => value.trim() === '')
}

/** What has been understood so far. */
class Reading {
  readonly query: { -readonly [name in keyof Query]: Query[name] } = {}
  readonly tests: ((record: Record) => boolean)[] = []
  readonly problems = new Map<keyof SearchFields, string>()

  author(text: string): void {
    if (text === '') return
    const key = wholeKey(text)
    if (key !== null) {
      this.query.authors = [key]
    } else if (NPUB_START.test(text)) {
      this.tests.push(record => npubOf(record.author).startsWith(text))
    } else if (HEX_START.test(text)) {
      this.tests.push(record => record.author.startsWith(text))
    } else {
      this.problems.set('author', 'an npub or hexadecimal digits, or how one begins')
    }
  }

  kinds(text: string): void {
    if (text === '') return
    const kinds = text.split(',').map(part => part.trim())
    if (kinds.every(kind => /^\d{1,5}$/.test(kind) && Number(kind) <= KIND_MAX)) this.query.kinds = kinds.map(Number)
    else this.problems.set('kind', `whole numbers up to ${KIND_MAX}, with commas between`)
  }

  day(field: 'since' | 'until', text: string): void {
    if (text === '') return
    const start = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) / 1_000 : Number.NaN
    if (Number.isNaN(start)) this.problems.set(field, 'a day such as 2026-11-21')
    else this.query[field] = field === 'since' ? start : start + DAY_SECONDS - 1
  }

  words(text: string): void {
    const words = text.toLowerCase().split(/\s+/u).filter(Boolean)
    for (const word of words) {
      const pointer = pointerOf(word)
      if (pointer !== null) this.tests.push(isNamed(pointer))
      else this.tests.push(record => record.content.toLowerCase().includes(word) || isStartOf(word, record.id))
    }
  }
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const HEX_START = /^[0-9a-f]{1,64}$/
const NPUB_START = /^npub1[02-9ac-hj-np-z]*$/
const ID_DIGITS_MIN = 4

function isStartOf(word: string, id: string): boolean {
  return word.length >= ID_DIGITS_MIN && id.startsWith(word)
}

function wholeKey(text: string): PublicKey | null {
  if (isPublicKey(text)) return text
  const pointer = pointerOf(text)
  return pointer?.type === 'profile' ? pointer.author : null
}

/** Say which records *pointer* names: one, all versions of one, or all of an author. */
function isNamed(pointer: Pointer): (record: Record) => boolean {
  if (pointer.type === 'event') return ({ id }) => id === pointer.id
  if (pointer.type === 'profile') return ({ author }) => author === pointer.author
  const name = digestOf(addressText(pointer.kind, pointer.author, pointer.key))
  return record => addressOf(record) === name
}

/** Give what *text* names; null when it is no whole text of NIP-19. */
function pointerOf(text: string): Pointer | null {
  try {
    return isPointer(text) ? decodeNip19(text) : null
  } catch (error) {
    if (error instanceof PeersetError) return null
    throw error
  }
}
