import { expect, test } from 'vitest'
import { checkNote, NOTE_KEY_BYTES_MAX, NOTE_TEXT_BYTES_MAX } from '../../src/core/note.ts'
import { ConfigError } from '../../src/errors.ts'

test('a note may be as long as the limits say, and no longer', () => {
  checkNote('a'.repeat(32), '00'.repeat(NOTE_KEY_BYTES_MAX), 'é'.repeat(NOTE_TEXT_BYTES_MAX / 2))
  expect(() => checkNote('a'.repeat(33), '00', null)).toThrow(ConfigError)
  expect(() => checkNote('muted', '00'.repeat(NOTE_KEY_BYTES_MAX + 1), null)).toThrow('1 to 256 bytes, not 257')
  expect(() => checkNote('muted', '00', 'é'.repeat(NOTE_TEXT_BYTES_MAX / 2 + 1))).toThrow('4096 bytes, not 4098')
})

test('a note of no legal form is refused', () => {
  for (const kind of ['', 'Muted', '-a', '1a', 'a b', 'a\n']) {
    expect(() => checkNote(kind, '00', null), kind).toThrow(ConfigError)
  }
  for (const key of ['', '0', '0g', 'AB', '00\n']) expect(() => checkNote('muted', key, null), key).toThrow(ConfigError)
  expect(() => checkNote('muted', '00', '\ud800')).toThrow('half of a surrogate pair')
  checkNote('muted', '00', '\u{1f30d} \0')
})
