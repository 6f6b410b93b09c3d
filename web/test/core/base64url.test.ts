import { expect, test } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../../src/core/base64url.ts'

test.each([
  [[], ''],
  [[0x66], 'Zg'],
  [[0x66, 0x6f], 'Zm8'],
  [[0x66, 0x6f, 0x6f], 'Zm9v'],
  [[0xfb, 0xff], '-_8'],
])('it is that of RFC 4648 without padding: %s', (bytes, text) => {
  expect(encodeBase64url(Uint8Array.from(bytes))).toBe(text)
  expect([...decodeBase64url(text)]).toEqual(bytes)
})

test('bytes of any length are read as they were written', () => {
  for (let length = 0; length <= 256; length++) {
    const data = Uint8Array.from({ length }, (_, at) => 255 - at)
    expect([...decodeBase64url(encodeBase64url(data))]).toEqual([...data])
  }
})

test.each(['Z', 'Zg=', 'Zm9v Yg', 'Z*8', 'Zm\u00fc', 'Zm+v'])('what is none is refused: %s', text => {
  expect(() => decodeBase64url(text)).toThrow()
})
