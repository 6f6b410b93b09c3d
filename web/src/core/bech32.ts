/** Keys and names as text: bech32 with a prefix that says what it holds (BIP-173, NIP-19). */
import { ConfigError } from '../errors.ts'

/** The size of what npub and nsec hold. */
export const DATA_BYTES = 32

export const CHECKSUM_CHARACTERS = 6

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** Write *data* under *prefix* ("npub", "nsec", "ncryptsec"). */
export function encode(prefix: string, data: Uint8Array): string {
  const words = regroup(data, 8, 5)
  const rest = words.length * 5 - data.length * 8
  const padding = rest < 0 ? [((data.at(-1) ?? 0) << (5 + rest)) & 31] : []
  const padded = [...words, ...padding]
  const checksum = remainder([...expand(prefix), ...padded, ...new Array<number>(CHECKSUM_CHARACTERS).fill(0)]) ^ 1
  const tail = Array.from({ length: CHECKSUM_CHARACTERS }, (_, place) => (checksum >>> (5 * (5 - place))) & 31)
  return `${prefix}1${[...padded, ...tail].map(word => ALPHABET[word]).join('')}`
}

/**
 * Read the *size* bytes that *text* holds under *prefix*; lower or upper case, not mixed (BIP-173).
 *
 * Throws:
 *   ConfigError: another prefix, length or checksum. The message never repeats *text*: it may be a secret.
 */
export function decode(prefix: string, text: string, size: number = DATA_BYTES): Uint8Array {
  if (!text.toLowerCase().startsWith(`${prefix}1`)) {
    throw new ConfigError(`expected a text that begins with ${prefix}1`)
  }
  // The length is known beforehand, so a checksum is never worked out over an endless text.
  const length = prefix.length + 1 + Math.ceil((8 * size) / 5) + CHECKSUM_CHARACTERS
  if (text.length !== length) {
    throw new ConfigError(`${prefix}1... must have ${length} characters, not ${text.length}`)
  }
  return dataOf(prefix, text)
}

/**
 * Read what *text* holds under *prefix*, however long; it has at most *charactersMax* characters.
 *
 * Throws:
 *   ConfigError: another prefix or checksum, or too many characters. The message never repeats *text*.
 */
export function decodeAny(prefix: string, text: string, charactersMax: number): Uint8Array {
  if (!text.toLowerCase().startsWith(`${prefix}1`)) {
    throw new ConfigError(`expected a text that begins with ${prefix}1`)
  }
  if (text.length > charactersMax) {
    throw new ConfigError(`${prefix}1... has ${text.length} characters; the limit is ${charactersMax}`)
  }
  return dataOf(prefix, text)
}

function dataOf(prefix: string, text: string): Uint8Array {
  const lower = text.toLowerCase()
  const words = [...lower.slice(prefix.length + 1)].map(character => ALPHABET.indexOf(character))
  const isOneCase = text === lower || text === text.toUpperCase()
  if (!isOneCase || words.includes(-1) || remainder([...expand(prefix), ...words]) !== 1) {
    throw new ConfigError(`${prefix}1... has a wrong character or checksum: was it copied whole?`)
  }
  const payload = words.slice(0, -CHECKSUM_CHARACTERS)
  const paddingBits = (5 * payload.length) % 8
  const padding = (payload.at(-1) ?? 0) & (2 ** paddingBits - 1)
  if (words.length < CHECKSUM_CHARACTERS || paddingBits >= 5 || padding !== 0) {
    throw new ConfigError(`${prefix}1... does not hold whole bytes`)
  }
  return Uint8Array.from(regroup(payload, 5, 8))
}

/** Cut *values* of *from* bits into whole ones of *to* bits; what is left over at the end is dropped. */
function regroup(values: Iterable<number>, from: number, to: number): number[] {
  const groups: number[] = []
  let bits = 0
  let held = 0
  for (const value of values) {
    held = ((held << from) | value) & 0xfff
    bits += from
    while (bits >= to) {
      bits -= to
      groups.push((held >>> bits) & (2 ** to - 1))
    }
  }
  return groups
}

function expand(prefix: string): number[] {
  const codes = [...prefix].map(character => character.charCodeAt(0))
  return [...codes.map(code => code >>> 5), 0, ...codes.map(code => code & 31)]
}

/** Divide by the generator of BIP-173's code; the remainder of a text with its checksum is 1. */
function remainder(words: readonly number[]): number {
  let value = 1
  for (const word of words) {
    const top = value >>> 25
    value = ((value & 0x1ffffff) << 5) ^ word
    GENERATOR.forEach((factor, place) => {
      value ^= (top >>> place) & 1 ? factor : 0
    })
  }
  return value
}
