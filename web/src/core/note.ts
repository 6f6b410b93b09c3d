/** Notes: small facts that a store keeps for this peer alone, by kind and key; they never travel. */
import { ConfigError } from '../errors.ts'

export const NOTES_PER_KIND_MAX = 100_000
export const NOTE_KEY_BYTES_MAX = 256
export const NOTE_TEXT_BYTES_MAX = 4_096

/**
 * Check that a store may keep this note; *key* is bytes in hex, *text* null asks for its removal.
 *
 * Throws:
 *   ConfigError: its kind, key or text has no legal form, or is too long.
 */
export function checkNote(kind: string, key: string, text: string | null): void {
  if (!KIND.test(kind)) {
    throw new ConfigError(
      `the kind of a note is up to 32 lower-case letters, digits and hyphens, not ${JSON.stringify(kind)}`,
    )
  }
  if (!HEX_BYTES.test(key)) {
    throw new ConfigError('the key of a note is written in lower-case hexadecimal digits, two a byte')
  }
  const keyBytes = key.length / 2
  if (keyBytes === 0 || keyBytes > NOTE_KEY_BYTES_MAX) {
    throw new ConfigError(`the key of a note has 1 to ${NOTE_KEY_BYTES_MAX} bytes, not ${keyBytes}`)
  }
  if (text === null) return
  if (LONE_SURROGATE.test(text)) throw new ConfigError('the text of a note holds half of a surrogate pair')
  const textBytes = new TextEncoder().encode(text).length
  if (textBytes > NOTE_TEXT_BYTES_MAX) {
    throw new ConfigError(`the text of a note has at most ${NOTE_TEXT_BYTES_MAX} bytes, not ${textBytes}`)
  }
}

const KIND = /^[a-z][a-z0-9-]{0,31}$/
const HEX_BYTES = /^(?:[0-9a-f]{2})*$/
const LONE_SURROGATE = /\p{Surrogate}/u
