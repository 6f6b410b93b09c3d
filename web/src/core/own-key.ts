/**
 * Keys of a room: what somebody signs by in one room alone, so that nobody tells who writes elsewhere by the same key.
 *
 * docs/protocol.md, "Keys of a room".
 */

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { SecretKey } from './keys.ts'
import { makeRoomName, type RoomTag, roomTag } from './signal.ts'

const DOMAIN = utf8ToBytes('peerset/own-key/1')
const TURNS = 256

/** Give the key that *key* has for *room* of *app*; throws ConfigError for a bad name. */
export function ownKeyIn(key: SecretKey, app: string, room: string): SecretKey {
  return deriveOwnKey(key, roomTag(makeRoomName(app, room)))
}

/**
 * Give the key that *key* has for the room of *tag*: always the same, and of no use to find *key* or others.
 *
 * Throws ConfigError when none of 256 digests is a secret key, which never happens.
 */
export function deriveOwnKey(key: SecretKey, tag: RoomTag): SecretKey {
  for (let turn = 0; turn < TURNS; turn++) {
    const digest = hmac(sha256, key.secret, concatBytes(DOMAIN, hexToBytes(tag), Uint8Array.of(turn)))
    try {
      return new SecretKey(digest)
    } catch {
      // Zero, or not below the order of the curve: one in 2^128.
    }
  }
  throw new ConfigError('this key has no key for the room')
}
