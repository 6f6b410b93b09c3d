/** Documents for the suite of stores that find them, and what the rules of `src/documents` say is to be found. */

import type { Json } from '../../src/core/action.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { type Grant, grantText, signGrant, spokenFor } from '../../src/core/grant.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { type Fields, KIND_KEYED, KIND_RECORD, type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { MICROSECONDS, splitStamp } from '../../src/core/stamp.ts'
import { type Definition, define } from '../../src/documents/definition.ts'
import { fieldOfRow, present, type Row, rowOf, VOID } from '../../src/documents/document.ts'
import { compare, inOrder, type Seat } from '../../src/documents/order.ts'
import { type Plan, plan, type Wish } from '../../src/documents/plan.ts'
import { isScalar } from '../../src/documents/value.ts'
import { matches } from '../../src/documents/where.ts'
import { hasWords, wordsOf } from '../../src/documents/words.ts'
import type { DocumentStore, Store } from '../../src/ports.ts'
import { NOON } from './samples.ts'

export const [ANN, BOB] = [1, 2].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]

export const SCHEMA: Json = {
  type: 'object',
  required: ['title'],
  properties: {
    title: { type: 'string', minLength: 1 },
    city: { type: ['string', 'null'] },
    stars: { type: 'number', default: 0 },
    open: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'string' } },
    at: { type: ['object', 'null'], properties: { lat: { type: 'number' }, lon: { type: 'number' } } },
    owner: { type: 'object', properties: { name: { type: 'string' } } },
  },
}

export const PLACES: Definition = define('places', SCHEMA, {
  indexes: ['city', '-stars', ['city', '-stars'], ['open', 'title'], 'tags[]', 'key'],
  text: ['title', 'tags'],
  place: 'at',
})
export const WIKI: Definition = define('wiki', { properties: { text: { type: 'string' } } }, { shared: true })
export const ANYTHING: Definition = define('anything')
export const DIARY: Definition = define('diary', null, { indexes: ['author'], speaker: spokenFor })

/** What a document is beside its author, time and value. */
export interface Facts {
  readonly collection?: Definition
  readonly key?: string
  readonly follows?: readonly Record[]
  readonly expiresAt?: number
  /** The nonce of its batch. */
  readonly batch?: string
  readonly granted?: Grant
}

const ROOM_TAG = '00'.repeat(16) as RoomTag

/** Let *writer* write for *owner* for a minute from `NOON` on. */
export function grant(owner: SecretKey, { publicKey: writer }: SecretKey, collections: string): Grant {
  const until = (NOON + 60) as UnixTime
  return signGrant(owner, ROOM_TAG, { writer, since: NOON as UnixTime, until, collections, isOnBehalf: true })
}

/** Sign a document, or a version; *stamp* counts microseconds from `NOON`, null is a tombstone. */
export function document(author: SecretKey, stamp: number, value: Json, facts: Facts = {}): Record {
  return signRecord(author, saying(stamp, value, facts))
}

/** Give what `document` signs. */
export function saying(stamp: number, value: Json, facts: Facts = {}): Omit<Fields, 'author'> {
  const { collection = PLACES, key, follows = [], expiresAt, batch, granted } = facts
  const { createdAt, tags } = splitStamp(NOON * MICROSECONDS + stamp)
  return {
    createdAt,
    kind: key === undefined ? KIND_RECORD : KIND_KEYED,
    tags: [
      ['c', collection.name],
      ...tags,
      ...(key === undefined ? [] : [['d', `${collection.name}/${key}`]]),
      ...follows.map(({ id }) => ['e', id, '', 'prev']),
      ...(expiresAt === undefined ? [] : [['expiration', `${expiresAt}`]]),
      ...(batch === undefined ? [] : [['batch', batch]]),
      ...(granted === undefined
        ? []
        : [
            ['h', ROOM_TAG],
            ['grant', grantText(granted)],
          ]),
      ...(value === null ? [['void']] : []),
    ],
    content: value === null ? '' : JSON.stringify(value),
  }
}

const CITIES = ['Berlin', 'Äpfingen', null, 'Berlin\u{1f30d}', 'Berlin\uffff', '']
const STARS = [4, 4.5, 0, -1, Number.MAX_SAFE_INTEGER, 0.1]
const SPOTS = [
  { lat: 52.5, lon: 13.4 },
  { lat: -17.8, lon: 179.9 },
  { lat: -17.8, lon: -179.9 },
  { lat: 91, lon: 0 },
  null,
]
const TITLES = ['Vegan Café', 'Straße 7', 'ﬁsh and chips', 'vegane Küche', 'x']

/** Give 60 documents and registers of two authors over 12 days, values of every type among them. */
export function samplePlaces(): Record[] {
  samples ??= makeSamples()
  return [...samples]
}

let samples: Record[] | null = null

function makeSamples(): Record[] {
  return Array.from({ length: 60 }, (_, place) => {
    const number = place % 30
    const value: { [name: string]: Json } = {
      title: TITLES[place % 5] ?? '',
      tags: ['vegan', 'süß'].slice(0, place % 3),
      at: SPOTS[place % 5] ?? null,
      owner: { name: `owner ${place % 4}` },
    }
    if (place % 6 !== 2) value.city = CITIES[place % 6] ?? null
    if (place % 4 > 0) value.stars = STARS[Math.floor(place / 2) % 6] ?? 0
    if (place % 7 > 1) value.open = place % 2 === 0
    // Some of one moment, so that ids decide.
    const stamp = Math.floor(number / 3) * DAY_SECONDS * MICROSECONDS + (number % 2)
    const key = place % 10 > 3 ? { key: `k${number % 8}` } : {}
    return document(place < 30 ? ANN : BOB, stamp, value, key)
  })
}

interface Known {
  readonly record: Record
  readonly row: Row
}

/** Say where *record* stands in the order of *plan*. */
export function seatIn(definition: Definition, plan: Plan, record: Record): Seat {
  const row = read(definition, record)
  if (row === null) throw new Error('it is no document')
  const values = plan.order.slice(0, -1).map(({ field }) => fieldOfRow(row, field))
  return { values: values.map(value => (isScalar(value) ? value : null)), stamp: row.stamp, id: record.id }
}

/** Give all of *records* that *plan* wants, whatever its limit: word for word what the rules say. */
export function expected(definition: Definition, records: readonly Record[], plan: Plan): Record[] {
  const found = seen(definition, records, plan.at).filter(({ row }) => {
    const words = wordsOf(row.value, definition.text)
    return matches(plan.where, field => fieldOfRow(row, field)) && hasWords(plan.words, words)
  })
  const seated = found.map(({ record }) => [seatIn(definition, plan, record), record] as const)
  const { after } = plan
  return inOrder(
    plan.order,
    seated.filter(([seat]) => after === null || compare(plan.order, after, seat) < 0),
  )
}

const rows = new WeakMap<Record, Map<Definition, Row | null>>()

/** Read *record* once. */
function read(definition: Definition, record: Record): Row | null {
  const known = rows.get(record) ?? new Map<Definition, Row | null>()
  rows.set(record, known)
  const row = known.get(definition)
  if (row !== undefined) return row
  const found = rowOf(definition, record)
  known.set(definition, found)
  return found
}

function seen(definition: Definition, records: readonly Record[], at: number | null): Known[] {
  const registers = new Map<string, Known[]>()
  for (const record of records) {
    const row = read(definition, record)
    if (row === null || (at !== null && row.stamp > at)) continue
    const name = row.key === null ? record.id : JSON.stringify([row.key, definition.isShared || record.author])
    registers.set(name, [...(registers.get(name) ?? []), { record, row }])
  }
  return [...registers.values()].flatMap(all => {
    const versions = all.map(({ record, row }) => ({ ...row, id: record.id, author: record.author, record, row }))
    const winner = present(versions)[0]
    return winner === undefined || (winner.state & VOID) !== 0 ? [] : [{ record: winner.record, row: winner.row }]
  })
}

/** Give ids in order. */
export function idsOf(records: readonly { readonly id: RecordId }[]): RecordId[] {
  return records.map(({ id }) => id)
}

/** Read a query. */
export function ask(where: Json, wish: Wish = {}, definition: Definition = PLACES): Plan {
  return plan(definition, where, wish, NOON)
}

/** Fill a store with places; give them. */
export async function withPlaces(store: Store, documents: DocumentStore): Promise<Record[]> {
  await documents.define([PLACES])
  await store.add(samplePlaces())
  return samplePlaces()
}
