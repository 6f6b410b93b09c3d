import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { makeRoomName, ROOM_NAME_BYTES_MAX, roomTag, shortened } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'

test("a room's tag is the start of a hash over both names", () => {
  const expected = bytesToHex(sha256(utf8ToBytes('peerset/room/1\0app\0room'))).slice(0, 32)
  expect(roomTag(makeRoomName('app', 'room'))).toBe(expected)
})

test('names cannot be shifted between app and room', () => {
  expect(roomTag(makeRoomName('ab', 'c'))).not.toBe(roomTag(makeRoomName('a', 'bc')))
})

test.each(['', '\0', 'line\nbreak', '\x1f', '\ud800', '\udc00\ud800', 'x'.repeat(ROOM_NAME_BYTES_MAX + 1)])(
  'a name that is empty, long or unprintable is refused: %j',
  name => {
    expect(() => makeRoomName('app', name)).toThrow(ConfigError)
    expect(() => makeRoomName(name, 'room')).toThrow(ConfigError)
  },
)

test.each(['lobby', 'Zürich 🏔', 'a@b:c', 'x'.repeat(ROOM_NAME_BYTES_MAX)])('any other name is welcome: %s', name => {
  expect(roomTag(makeRoomName('app', name))).toHaveLength(32)
})

test('a name is counted in bytes of UTF-8', () => {
  expect(() => makeRoomName('app', 'é'.repeat(ROOM_NAME_BYTES_MAX / 2 + 1))).toThrow('longer than 1024 bytes')
})

test('ids are shortened to what people compare', () => {
  expect([shortened('0123456789'), shortened(new Uint8Array([0xab, 0xcd, 0xef, 1, 2]))]).toEqual([
    '01234567',
    'abcdef01',
  ])
})
