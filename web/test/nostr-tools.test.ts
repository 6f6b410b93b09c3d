/** nostr-tools and we make the same of random events, names, sealed keys and words. */

import { bytesToHex } from '@noble/hashes/utils.js'
import * as nip06 from 'nostr-tools/nip06'
import * as nip19 from 'nostr-tools/nip19'
import * as nip49 from 'nostr-tools/nip49'
import { finalizeEvent, getEventHash, verifyEvent } from 'nostr-tools/pure'
import { expect, test } from 'vitest'
import type { UnixTime } from '../src/core/clock.ts'
import { SecretKey } from '../src/core/keys.ts'
import { keyOfWords, wordsOf } from '../src/core/nip06.ts'
import { decodeNip19, encodeNip19, type Pointer } from '../src/core/nip19.ts'
import { NONCE_BYTES, SALT_BYTES, sealKey, unsealKey } from '../src/core/nip49.ts'
import { eventOf, hasValidSignature, type RecordId, recordOf, signRecord } from '../src/core/record.ts'
import { seededRng } from './seeded.ts'

const ROUNDS = 20
// What JSON libraries escape each in their own way, what looks alike, and what takes two units of UTF-16.
const CHARACTERS = [...'abc xyz 019\t\n\r"\\/<>&{}[]\x7f\xa0\u2028\u2029äöüßéﬁ\u0301\u200d中文\ufeff😀🏳️\u{10ffff}']
const KINDS = [0, 1, 3, 5, 1_078, 10_002, 20_001, 30_023, 65_535] as const
const RELAYS = ['wss://relay.example', 'wss://relay.example:8443/path', 'ws://127.0.0.1:7777'] as const

const rng = seededRng('nostr-tools')
const below = (limit: number) => Number(BigInt(`0x${bytesToHex(rng.randomBytes(6))}`) % BigInt(limit))
const oneOf = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value
const text = (most: number) => Array.from({ length: below(most + 1) }, () => oneOf(CHARACTERS)).join('')
const key = () => new SecretKey(rng.randomBytes(32))

function draft() {
  const tag = () => [
    oneOf(['t', 'd', 'expiration', 'long name', '']),
    ...Array.from({ length: below(4) }, () => text(12)),
  ]
  return { kind: oneOf(KINDS), tags: Array.from({ length: below(6) }, tag), content: text(80) }
}

test.each(Array.from({ length: ROUNDS }, (_, round) => round))('an event has one id and one signature: %i', () => {
  const [ours, author] = [draft(), key()]
  const event = eventOf(signRecord(author, { createdAt: below(2 ** 32) as UnixTime, ...ours }))
  const theirs = { ...event, tags: event.tags.map(tag => [...tag]) }
  expect(getEventHash(theirs)).toBe(event.id)
  expect(verifyEvent(theirs)).toBe(true)
  const signed = finalizeEvent({ ...draft(), created_at: below(2 ** 32) }, author.secret)
  const record = recordOf(JSON.parse(JSON.stringify(signed)))
  expect(hasValidSignature(record)).toBe(true)
  expect({ tags: record.tags, content: record.content }).toEqual({ tags: signed.tags, content: signed.content })
})

function pointer(): [ours: Pointer, theirs: string] {
  const relays = RELAYS.slice(0, below(RELAYS.length + 1))
  const [author, kind, id] = [key().publicKey, oneOf(KINDS), bytesToHex(rng.randomBytes(32)) as RecordId]
  switch (below(3)) {
    case 0:
      return [{ type: 'profile', author, relays }, nip19.nprofileEncode({ pubkey: author, relays })]
    case 1:
      return [{ type: 'event', id, relays, author, kind }, nip19.neventEncode({ id, relays, author, kind })]
    default: {
      const identifier = text(20)
      const named = nip19.naddrEncode({ identifier, pubkey: author, kind, relays })
      return [{ type: 'address', kind, author, key: identifier, relays }, named]
    }
  }
}

test.each(Array.from({ length: ROUNDS }, (_, round) => round))('a name is read both ways: %i', () => {
  const [ours, theirs] = pointer()
  expect(decodeNip19(theirs)).toEqual(ours)
  const { type, data } = nip19.decode(encodeNip19(ours))
  if (ours.type === 'address')
    expect(data).toMatchObject({ identifier: ours.key, kind: ours.kind, pubkey: ours.author })
  else if (ours.type === 'event') expect(data).toMatchObject({ id: ours.id, author: ours.author, kind: ours.kind })
  else expect(type === 'npub' ? data : (data as nip19.ProfilePointer).pubkey).toBe(ours.author)
  if (typeof data !== 'string') expect((data as nip19.ProfilePointer).relays).toEqual(ours.relays)
})

test.each(['nostr', 'ÅΩẛ̣'])('a sealed key is opened both ways: %s', async passphrase => {
  const secret = key()
  const seal = { salt: rng.randomBytes(SALT_BYTES), nonce: rng.randomBytes(NONCE_BYTES), logN: 4 }
  expect(bytesToHex(nip49.decrypt(await sealKey(secret, passphrase, seal), passphrase))).toBe(bytesToHex(secret.secret))
  const theirs = nip49.encrypt(secret.secret, passphrase, 4)
  expect((await unsealKey(theirs, passphrase)).publicKey).toBe(secret.publicKey)
})

test.each([16, 20, 24, 28, 32])('words of %i bytes stand for one key', async size => {
  const [words, passphrase, account] = [wordsOf(rng.randomBytes(size)), text(9), below(2 ** 31)]
  const ours = await keyOfWords(words, { passphrase, account })
  expect(bytesToHex(nip06.privateKeyFromSeedWords(words, passphrase, account))).toBe(bytesToHex(ours.secret))
  const drawn = nip06.generateSeedWords()
  expect((await keyOfWords(drawn)).secret).toEqual(nip06.privateKeyFromSeedWords(drawn))
})
