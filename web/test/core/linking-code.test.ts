import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/links.json'
import { parseAddress } from '../../src/core/address.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { codeText, parseCode } from '../../src/core/linking-code.ts'

test.each(vectors.codes)('a code is written and read as in the vectors: $page', row => {
  const key = new SecretKey(hexToBytes(row.key))
  expect(codeText(key, parseAddress(row.asking), row.page)).toBe(row.text)
  const { key: read, ...said } = parseCode(`\n${row.text} `)
  expect(read.secret).toEqual(key.secret)
  expect(said).toEqual({ owner: row.owner, until: row.until, asking: row.asking, room: row.room })
})

test.each(vectors.damaged)('what is no code is damaged, and not repeated: %j', text => {
  expect(() => parseCode(text)).toThrow(/^this code for a new device is damaged: have the other device show a new one$/)
})
