import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/own_keys.json'
import { SecretKey } from '../../src/core/keys.ts'
import { deriveOwnKey } from '../../src/core/own-key.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'

test.each(vectors.keys)('a key has one of each room: $room of $app', ({ secret, app, room, own }) => {
  const key = deriveOwnKey(new SecretKey(hexToBytes(secret)), roomTag(makeRoomName(app, room)))
  expect(bytesToHex(key.secret)).toBe(own)
})
