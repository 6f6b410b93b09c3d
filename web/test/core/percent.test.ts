import { expect, test } from 'vitest'
import { quoted, unquoted } from '../../src/core/percent.ts'
import { ConfigError } from '../../src/errors.ts'

test('every character is read as it was written, and stands for itself only where it may', () => {
  for (let point = 0x20; point < 0x11_0000; point += point < 0x500 ? 1 : 4_099) {
    if (point >= 0xd800 && point < 0xe000) continue
    const text = String.fromCodePoint(point)
    const written = quoted(text, ':@')
    expect(unquoted(written)).toBe(text)
    expect(written).toMatch(/^(?:[A-Za-z0-9._~:@-]|(?:%[0-9A-F]{2})+)$/)
  }
})

test('what is not encoded so is refused without being repeated', () => {
  for (const text of ['%', 'a%2', '%zz', '%ff', '%c0%af', '%ed%a0%80', '\ud800', 'a b', 'a#b', '%00', 'a\x7f']) {
    expect(() => unquoted(`secret${text}`)).toThrow(ConfigError)
    expect(() => unquoted(`secret${text}`)).not.toThrow('secret')
  }
  expect(unquoted('gr\u00fc%C3%BC')).toBe('gr\u00fc\u00fc')
})
