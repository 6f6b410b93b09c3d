/** The rules of a room, and the id by which peers tell whether theirs are equal (docs/protocol.md, "The rules id"). */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import {
  FUTURE_SECONDS_MAX,
  INTEGER_MAX,
  POSTPONED_SECONDS_MAX,
  RECORD_BYTES_MAX,
  RETENTION_SECONDS,
  RETENTION_SECONDS_MAX,
  RETENTION_SECONDS_MIN,
} from './limits.ts'

export const HASH_BYTES = 32

/** What an admission policy is, exactly: two peers with equal manifests admit the same records. */
export interface Manifest {
  /** Lower-case ASCII letters, digits, `_ . -`; at most 64, a letter first. */
  readonly name: string
  /** Grows whenever the policy's judgement changes. */
  readonly version: number
  /** A JSON object in the form that `canonicalJson` writes. */
  readonly parameters: string
  /** SHA-256, in hex, of each list of data it judges by (words, links), in the order its documentation names them. */
  readonly hashes: readonly string[]
}

/** What decides membership beside the record itself; the same on all peers that shall agree. */
export interface Rules {
  /** How long a record lives after its createdAt. */
  readonly retentionSeconds: number
  /** The largest wire form of a record. */
  readonly recordBytesMax: number
  /** How far a record's createdAt may lie ahead of the clock. */
  readonly futureSeconds: number
  /** The admission policies in force; their order does not matter. */
  readonly policies: readonly Manifest[]
}

/**
 * Make a manifest; without *parameters* and *hashes* it has none.
 *
 * Throws:
 *   ConfigError: a part breaks what `Manifest` says of it.
 */
export function makeManifest({
  name,
  version,
  parameters = '{}',
  hashes = [],
}: Pick<Manifest, 'name' | 'version'> & { readonly [name in keyof Manifest]?: Manifest[name] | undefined }): Manifest {
  if (!NAME.test(name)) {
    throw new ConfigError(`the policy name ${JSON.stringify(name)} is not lower-case ASCII of at most 64 characters`)
  }
  checkWhole('version', version, 0, INTEGER_MAX)
  if (!hashes.every(digest => HASH.test(digest))) {
    throw new ConfigError(`a hash of ${name} is not ${HASH_BYTES} bytes in lower-case hex`)
  }
  checkParameters(name, parameters)
  return { name, version, parameters, hashes: [...hashes] }
}

/** Give the 32 bytes, in hex, that name this exact policy: SHA-256("peerset/policy1" | canonical JSON of its fields). */
export function manifestId(manifest: Manifest): string {
  return bytesToHex(sha256(utf8ToBytes(`peerset/policy1${canonicalJson(manifestFields(manifest))}`)))
}

/** Give what the rules' id is made of: name, version, parameters as a text, hashes in hex. */
export function manifestFields({ name, version, parameters, hashes }: Manifest): readonly unknown[] {
  return [name, version, parameters, hashes]
}

/**
 * Make rules; what is left out is as by default: 90 days, 64 KiB a record, 15 minutes ahead, no policies.
 *
 * Throws:
 *   ConfigError: a number is outside its limits, or a policy is listed twice.
 */
export function makeRules({
  retentionSeconds = RETENTION_SECONDS,
  recordBytesMax = RECORD_BYTES_MAX,
  futureSeconds = FUTURE_SECONDS_MAX,
  policies = [],
}: Partial<Rules> = {}): Rules {
  checkWhole('retentionSeconds', retentionSeconds, RETENTION_SECONDS_MIN, RETENTION_SECONDS_MAX)
  checkWhole('recordBytesMax', recordBytesMax, 1, RECORD_BYTES_MAX)
  checkWhole('futureSeconds', futureSeconds, 0, POSTPONED_SECONDS_MAX)
  if (new Set(policies.map(manifestId)).size !== policies.length) {
    throw new ConfigError('a policy is listed twice with the same manifest')
  }
  return { retentionSeconds, recordBytesMax, futureSeconds, policies: [...policies] }
}

/** Give the 32 bytes, in hex, of the hello: SHA-256("peerset/rules1" | `rulesText`). */
export function rulesId(rules: Rules): string {
  return bytesToHex(sha256(utf8ToBytes(`peerset/rules1${rulesText(rules)}`)))
}

/** Give the canonical JSON that the id is made of. */
export function rulesText({ retentionSeconds, recordBytesMax, futureSeconds, policies }: Rules): string {
  // Admission is "all agree", so the order of policies means nothing and must not change the id.
  const texts = policies.map(manifest => canonicalJson(manifestFields(manifest))).sort(compareTexts)
  return `[${retentionSeconds},${recordBytesMax},${futureSeconds},[${texts.join(',')}]]`
}

/**
 * Write *value* in the one form that every language writes alike.
 *
 * No spaces, keys in ASCII and sorted, text unescaped where JSON allows (RFC 8259), whole numbers only.
 *
 * Throws:
 *   ConfigError: it holds a fraction, a number beyond 2^53 - 1, a lone surrogate or a key outside ASCII.
 */
export function canonicalJson(value: unknown): string {
  try {
    return writeJson(value)
  } catch (error) {
    // It nests deeper than the stack.
    if (error instanceof RangeError) {
      throw new ConfigError(`no canonical JSON: ${error.message}`, { cause: error })
    }
    throw error
  }
}

const NAME = /^[a-z][a-z0-9_.-]{0,63}$/
const HASH = /^[0-9a-f]{64}$/
const ASCII = /^\p{ASCII}*$/u
// With the flag u, a surrogate in a class matches only where it stands alone.
const SURROGATE = /[\ud800-\udfff]/u

function writeJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${Array.from(value, writeJson).join(',')}]`
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${entries.map(([key, inner]) => `${writeKey(key)}:${writeJson(inner)}`).join(',')}}`
  }
  const isText = typeof value === 'string' && !SURROGATE.test(value)
  if (isText || typeof value === 'boolean' || value === null || Number.isSafeInteger(value)) {
    return JSON.stringify(value)
  }
  throw new ConfigError(`${String(value)} is no text, whole number up to 2^53 - 1, boolean, null, list or object`)
}

function writeKey(key: string): string {
  if (!ASCII.test(key)) {
    throw new ConfigError(`the key ${JSON.stringify(key)} is no ASCII text`)
  }
  return JSON.stringify(key)
}

/** Order texts by code points, as their UTF-8 does; JavaScript's own order is by UTF-16 units. */
export function compareTexts(one: string, other: string): number {
  const [left, right] = [bytesToHex(utf8ToBytes(one)), bytesToHex(utf8ToBytes(other))]
  return left < right ? -1 : left > right ? 1 : 0
}

function checkParameters(name: string, parameters: string): void {
  let value: unknown
  try {
    value = JSON.parse(parameters)
  } catch (error) {
    throw new ConfigError(`the parameters of ${name} are no JSON: ${error}`, { cause: error })
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject || canonicalJson(value) !== parameters) {
    throw new ConfigError(`the parameters of ${name} are not a JSON object in canonical form`)
  }
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new ConfigError(`${name} is ${value}, not a whole number from ${least} to ${most}`)
  }
}
