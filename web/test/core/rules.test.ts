import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import {
  INTEGER_MAX,
  POSTPONED_SECONDS_MAX,
  RECORD_BYTES_MAX,
  RETENTION_SECONDS,
  RETENTION_SECONDS_MAX,
} from '../../src/core/limits.ts'
import {
  canonicalJson,
  type Manifest,
  makeManifest,
  makeRules,
  manifestId,
  type Rules,
  rulesId,
  rulesText,
} from '../../src/core/rules.ts'
import { ConfigError } from '../../src/errors.ts'

function hash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}

const WORDS = makeManifest({ name: 'words', version: 1, parameters: '{"fold":true}', hashes: [hash('list')] })
const LINKS = makeManifest({ name: 'links', version: 3, parameters: '{"allow":["example.org"],"max":2}' })

test('the id is the hash of the canonical text', () => {
  const rules = makeRules({ policies: [WORDS] })
  expect(rulesText(rules)).toBe(`[7776000,65536,900,[["words",1,"{\\"fold\\":true}",["${hash('list')}"]]]]`)
  expect(rulesId(rules)).toBe(hash(`peerset/rules1${rulesText(rules)}`))
})

test('the default rules keep their id', () => {
  expect(rulesText(makeRules())).toBe('[7776000,65536,900,[]]')
  expect(rulesId(makeRules())).toBe(hash('peerset/rules1[7776000,65536,900,[]]'))
})

test('a manifest is named by its hash', () => {
  expect(manifestId(makeManifest({ name: 'links', version: 3 }))).toBe(hash('peerset/policy1["links",3,"{}",[]]'))
})

test('the order of policies does not change the id', () => {
  expect(rulesId(makeRules({ policies: [WORDS, LINKS] }))).toBe(rulesId(makeRules({ policies: [LINKS, WORDS] })))
})

test('policies are ordered by code points, not by UTF-16 units', () => {
  // As Python orders them: U+FF5E before U+1F600, whose first unit is U+D83D.
  const [wave, face] = ['～', '😀'].map(text => makeManifest({ name: 'a', version: 1, parameters: `{"a":"${text}"}` }))
  const text = rulesText(makeRules({ policies: [face, wave].filter(manifest => manifest !== undefined) }))
  expect(text.indexOf('～')).toBeLessThan(text.indexOf('😀'))
})

test.each<Partial<Rules>>([
  { retentionSeconds: RETENTION_SECONDS - 1 },
  { recordBytesMax: RECORD_BYTES_MAX - 1 },
  { futureSeconds: 0 },
  { policies: [LINKS] },
  { policies: [{ ...LINKS, version: 4 }] },
  { policies: [{ ...LINKS, parameters: '{}' }] },
  { policies: [{ ...LINKS, hashes: ['00'.repeat(32)] }] },
])('another rule is another id: %j', other => {
  const known = [makeRules(), makeRules({ policies: [WORDS] })].map(rulesId)
  expect(known).not.toContain(rulesId(makeRules(other)))
})

test.each<Partial<Rules>>([
  { retentionSeconds: 3_599 },
  { retentionSeconds: RETENTION_SECONDS_MAX + 1 },
  { recordBytesMax: 0 },
  { recordBytesMax: RECORD_BYTES_MAX + 1 },
  { futureSeconds: -1 },
  { futureSeconds: POSTPONED_SECONDS_MAX + 1 },
  { futureSeconds: 900.5 },
  { futureSeconds: JSON.parse('true') },
  { policies: [WORDS, { ...WORDS }] },
])('rules that cannot hold are refused: %j', wrong => {
  expect(() => makeRules(wrong)).toThrow(ConfigError)
})

test.each<Partial<Manifest>>([
  { name: 'Words' },
  { name: '' },
  { name: 'words\n' },
  { name: 'w'.repeat(65) },
  { version: -1 },
  { version: INTEGER_MAX + 1 },
  { hashes: ['00'.repeat(31)] },
  { hashes: ['AA'.repeat(32)] },
  { parameters: '' },
  { parameters: '[]' },
  { parameters: 'null' },
  { parameters: '{"b":1,"a":2}' },
  { parameters: '{"a": 1}' },
  { parameters: '{"a":1,"a":1}' },
  { parameters: '{"a":1.0}' },
  { parameters: '{"a":-0}' },
  { parameters: '{"a":NaN}' },
  { parameters: '{"a":9007199254740992}' },
  { parameters: '{"a":"\\u00e9"}' },
  { parameters: '{"a":"\\ud800"}' },
  { parameters: '{"é":1}' },
  { parameters: `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
])('a manifest that peers could write differently is refused: %#', wrong => {
  expect(() => makeManifest({ name: 'words', version: 1, ...wrong })).toThrow(ConfigError)
})

test('canonical JSON has sorted keys, no spaces and the letters themselves', () => {
  const value = { b: [null, true, -1], a: { z: 'é\u2028"\\\n\u0001\x7f', Z: '😀' } }
  expect(canonicalJson(value)).toBe('{"a":{"Z":"😀","z":"é\u2028\\"\\\\\\n\\u0001\x7f"},"b":[null,true,-1]}')
})

test.each([
  0.5,
  { é: 1 },
  2 ** 53,
  -(2 ** 53),
  '\ud800',
  undefined,
  [undefined],
  { a: undefined },
  [Number.NaN],
  () => 1,
  1n,
])('what languages write differently is no canonical JSON: %#', value => {
  expect(() => canonicalJson(value)).toThrow(ConfigError)
})

test('canonical JSON without end is refused', () => {
  let value: unknown[] = []
  for (let depth = 0; depth < 100_000; depth += 1) {
    value = [value]
  }
  expect(() => canonicalJson(value)).toThrow(ConfigError)
})
