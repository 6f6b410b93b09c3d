import { expect, test } from 'vitest'
import { encodeNip19 } from '../../../src/core/nip19.ts'
import type { RecordId } from '../../../src/core/record.ts'
import { npubOf } from '../../../src/elements/dashboard/format.ts'
import { ANYTHING, isAnything, readSearch, type SearchFields } from '../../../src/elements/dashboard/search.ts'
import { KEY, NOON, written } from './lobby.ts'

const search = (fields: Partial<SearchFields>) => readSearch({ ...ANYTHING, ...fields })
const record = written('Fog at the Harbour')

test('empty fields match everything', () => {
  expect(search({})).toEqual({ query: {}, accepts: null, problems: new Map() })
  expect([
    isAnything(ANYTHING),
    isAnything({ ...ANYTHING, text: ' ' }),
    isAnything({ ...ANYTHING, kind: '1' }),
  ]).toEqual([true, true, false])
})

test('whole keys, kinds, collections and days are asked of the index', () => {
  const { query, accepts } = search({
    author: npubOf(KEY.publicKey),
    kind: '1078, 5',
    collection: ' notes ',
    since: '2026-11-21',
  })
  expect(accepts).toBeNull()
  expect(query).toEqual({ authors: [KEY.publicKey], kinds: [1_078, 5], collection: 'notes', since: NOON - 43_200 })
  expect(search({ author: KEY.publicKey.toUpperCase() }).query).toEqual({ authors: [KEY.publicKey] })
  expect(search({ until: '2026-11-21' }).query).toEqual({ until: NOON + 43_199 })
})

test('the beginning of a key is compared with every author', () => {
  const beginnings = [npubOf(KEY.publicKey).slice(0, 9), KEY.publicKey.slice(0, 5), 'npub1']
  expect(beginnings.map(author => search({ author }).accepts?.(record))).toEqual([true, true, true])
  const others = ['ffff', 'npub1qqqqqq']
  expect(others.map(author => search({ author }).accepts?.(record))).toEqual([false, false])
})

test('all words must be in the content, whatever their case, or begin the id', () => {
  const texts = ['harbour FOG', record.id.slice(0, 6), 'harbour sun', record.id.slice(0, 3), record.id.slice(1, 9)]
  expect(texts.map(text => search({ text }).accepts?.(record))).toEqual([true, true, false, false, false])
})

test('a field that makes no sense is told and left out', () => {
  const wrong = { author: 'npub1!', kind: '1,two', since: 'soon', until: '2026-99-99' }
  const { query, accepts, problems } = search({ ...wrong, collection: 'notes' })
  expect([...problems.keys()]).toEqual(['author', 'kind', 'since', 'until'])
  expect([query, accepts]).toEqual([{ collection: 'notes' }, null])
  expect([...search({ kind: '65536' }).problems.keys()]).toEqual(['kind'])
})

test('names of NIP-19 find what they name', () => {
  const relays = ['wss://relay.example']
  const nprofile = encodeNip19({ type: 'profile', author: KEY.publicKey, relays })
  for (const author of [nprofile, `nostr:${npubOf(KEY.publicKey)}`]) {
    expect(search({ author }).query).toEqual({ authors: [KEY.publicKey] })
  }
  const event = { type: 'event', id: record.id, relays, author: null, kind: null } as const
  const other = encodeNip19({ ...event, id: '00'.repeat(32) as RecordId })
  const texts = [encodeNip19(event), `nostr:${encodeNip19(event)} fog`, nprofile, other, `${nprofile.slice(0, -1)}q`]
  expect(texts.map(text => search({ text }).accepts?.(record))).toEqual([true, true, true, false, false])
  const version = { ...record, kind: 30_023, tags: [['d', 'how-to']] }
  const address = { type: 'address', kind: 30_023, author: KEY.publicKey, key: 'how-to', relays: [] } as const
  const found = search({ text: encodeNip19(address) }).accepts
  expect([version, { ...version, tags: [] }, record].map(each => found?.(each))).toEqual([true, false, false])
})
