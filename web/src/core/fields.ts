/**
 * The kinds of field a message has on the wire: each checks a value on its way out and on its way in.
 *
 * Both ways throw `WireError` for a value that breaks the field's limits, so what one peer sends the other accepts.
 */
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { WireError } from '../errors.ts'
import { REASON_BYTES_MAX, RECORD_BYTES_MAX, RECORDS_PER_MESSAGE_MAX } from './limits.ts'
import type { Packable, Value } from './msgpack.ts'
import { packIds, SHORT_ID_BYTES, unpackIds } from './packing.ts'

export const U32_MAX = 2 ** 32 - 1

/** How one field of a message becomes a value that msgpack writes, and back. */
export interface Field<T> {
  pack(value: T): Packable
  unpack(value: Value): T
  /** How many elements it has at most, for the one field that is an array; 0 for all others. */
  readonly itemsMax: number
}

/** Hold a whole number from *least* to *most*. */
export function whole<T extends number = number>(most: number = U32_MAX, least = 0): Field<T> {
  return checked(value => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw new WireError(`not a whole number from ${least} to ${most}`)
    }
    return value as T
  })
}

/** Hold one of *choices*, called *name*, as its number. */
export function choice<T extends number>(name: string, choices: { readonly [member: string]: T }): Field<T> {
  const numbers: ReadonlySet<unknown> = new Set(Object.values(choices))
  return checked(value => {
    if (!numbers.has(value)) {
      throw new WireError(`not one of the numbers of ${name}`)
    }
    return value as T
  })
}

/** Hold true or false. */
export function flag(): Field<boolean> {
  return checked(value => {
    if (typeof value !== 'boolean') {
      throw new WireError('not a boolean')
    }
    return value
  })
}

/** Hold a short text for people: at most 256 bytes of UTF-8 without control characters. */
export function detail(): Field<string> {
  return checked(value => {
    if (typeof value !== 'string') {
      throw new WireError('not a text')
    }
    if (SURROGATE.test(value)) {
      throw new WireError('a text with a lone surrogate')
    }
    const size = utf8ToBytes(value).length
    if (size > REASON_BYTES_MAX) {
      throw new WireError(`a text of ${size} bytes; the limit is ${REASON_BYTES_MAX}`)
    }
    // What a stranger says ends up in logs and on terminals.
    if (CONTROL.test(value)) {
      throw new WireError('a text with control characters')
    }
    return value
  })
}

/** Hold a byte string of exactly *size* bytes. */
export function octets(size: number): Field<Uint8Array> {
  return checked(value => octetsOf(value, size))
}

/** Hold a byte string of at most *most* bytes. */
export function bounded(most: number): Field<Uint8Array> {
  return checked(value => octetsOf(value, Math.min(byteString(value).length, most)))
}

/** Hold a byte string of exactly *size* bytes that the message has in hex. */
export function digits<T extends string = string>(size: number): Field<T> {
  return {
    pack: value => octetsOf(HEX.test(value) ? hexToBytes(value) : value, size),
    unpack: value => bytesToHex(octetsOf(value, size)) as T,
    itemsMax: 0,
  }
}

/** Hold at most *most* ids of *size* bytes, packed into one byte string. */
export function shortIds(most: number, size = SHORT_ID_BYTES): Field<readonly string[]> {
  function check(count: number): void {
    if (count > most) {
      throw new WireError(`${count} short ids exceed the limit of ${most}`)
    }
  }
  return {
    pack: ids => {
      check(ids.length)
      return packIds(ids, size)
    },
    unpack: value => {
      const data = byteString(value)
      check(Math.floor(data.length / size))
      return unpackIds(data, size)
    },
    itemsMax: 0,
  }
}

/** Hold values that *pack* turns into one byte string, and *unpack* reads again. */
export function packed<T>(pack: (value: T) => Uint8Array, unpack: (data: Uint8Array) => T): Field<T> {
  return { pack, unpack: value => unpack(byteString(value)), itemsMax: 0 }
}

/** Hold encoded records, each a byte string; what is inside is `record.ts`'s to judge. */
export function blobs(): Field<readonly Uint8Array[]> {
  function check(values: readonly Value[]): readonly Uint8Array[] {
    if (values.length > RECORDS_PER_MESSAGE_MAX) {
      throw new WireError(`${values.length} records exceed the limit of ${RECORDS_PER_MESSAGE_MAX}`)
    }
    return values.map(value => {
      const blob = byteString(value)
      if (blob.length > RECORD_BYTES_MAX) {
        throw new WireError(`a record exceeds the limit of ${RECORD_BYTES_MAX} bytes`)
      }
      return blob
    })
  }
  return { pack: check, unpack: value => check(value as readonly Value[]), itemsMax: RECORDS_PER_MESSAGE_MAX }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x1f\x7f-\x9f]/
// With the flag u, a surrogate in a class matches only where it stands alone.
const SURROGATE = /[\ud800-\udfff]/u
const HEX = /^(?:[0-9a-f]{2})*$/

function checked<T extends Packable>(check: (value: unknown) => T): Field<T> {
  return { pack: check, unpack: check, itemsMax: 0 }
}

function octetsOf(value: unknown, size: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== size) {
    throw new WireError(`not a byte string of ${size} bytes`)
  }
  return value
}

function byteString(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new WireError('not a byte string')
  }
  return value
}
