import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import {
  decodeAnswer,
  encodeAsked,
  encodeDraft,
  parseBunkerAddress,
  RELAYS_MAX,
  readSigned,
} from '../../src/core/nip46.ts'
import { eventOf, signRecord } from '../../src/core/record.ts'
import { ConfigError, MalformedError, SignatureError } from '../../src/errors.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const HEX = KEY.publicKey
const DRAFT = { createdAt: 1_700_000_000 as UnixTime, kind: 1_078, tags: [['c', 'notes']], content: 'say "hello"\n' }

test('an address is read', () => {
  const said = `bunker://${HEX}?relay=wss%3A%2F%2Fa.example&relay=wss://b.example&secret=1%262&perms=sign_event`
  const relays = ['wss://a.example', 'wss://b.example']
  expect(parseBunkerAddress(said)).toEqual({ signer: HEX, relays, secret: '1&2' })
  expect(parseBunkerAddress(said.replace(HEX, HEX.toUpperCase())).signer).toBe(HEX)
})

test.each([
  'bunker://',
  `bunker://${HEX}`,
  `bunker://${HEX}?secret=hush`,
  `bunker://${HEX}?relay=http://a.example&secret=hush`,
  `bunker://${HEX}?relay=wss://&secret=hush`,
  `bunker://${'f'.repeat(64)}?relay=wss://a.example&secret=hush`,
  `bunker://${HEX}?${Array.from({ length: RELAYS_MAX + 1 }, (_, each) => `relay=wss://${each}.example`).join('&')}`,
  `bunker://${HEX}?relay=wss://a.example&secret=hush${'x'.repeat(1_000_000)}`,
])('what is no address is refused and its secret not repeated: %.60s', text => {
  const parsing = () => parseBunkerAddress(text)
  expect(parsing).toThrow(ConfigError)
  expect(parsing).not.toThrow('hush')
})

test('answers are results, refusals, or pages to open first', () => {
  expect(decodeAnswer('{"id":"7","result":"ack"}')).toEqual({ id: '7', result: 'ack' })
  expect(decodeAnswer('{"id":"7","result":"","error":"no"}')).toEqual({ id: '7', error: 'no' })
  expect(decodeAnswer('{"id":"7","result":"auth_url","error":"https://a"}')).toEqual({ id: '7', url: 'https://a' })
  expect(encodeAsked('7', 'ping', [])).toBe('{"id":"7","method":"ping","params":[]}')
  for (const text of ['', '[]', '7', '{}', '{"id":7}', '{"id":"7"}', '{"id":"7","result":[]}']) {
    expect(() => decodeAnswer(text)).toThrow(MalformedError)
  }
})

test('what was signed is what was asked for', () => {
  const signed = (draft: typeof DRAFT, key = KEY) => JSON.stringify(eventOf(signRecord(key, draft)))
  expect(readSigned(signed(DRAFT), DRAFT, HEX).content).toBe(DRAFT.content)
  expect(JSON.parse(encodeDraft(DRAFT))).toEqual({
    created_at: 1_700_000_000,
    kind: 1_078,
    tags: DRAFT.tags,
    content: DRAFT.content,
  })
  const other = new SecretKey(new Uint8Array(32).fill(6))
  for (const [text, says] of [
    ['{}', 'gave no event'],
    [signed(DRAFT).replace(/"sig":"[0-9a-f]+"/, `"sig":"${'0'.repeat(128)}"`), 'not valid'],
    [signed(DRAFT, other), 'something else'],
    [signed({ ...DRAFT, createdAt: 1_700_000_001 as UnixTime }), 'something else'],
    [signed({ ...DRAFT, tags: [['c', 'other']] }), 'something else'],
  ] as const) {
    const reading = () => readSigned(text, DRAFT, HEX)
    expect(reading).toThrow(SignatureError)
    expect(reading).toThrow(says)
  }
})
