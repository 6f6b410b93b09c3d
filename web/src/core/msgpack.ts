/**
 * The part of msgpack that our wire uses: whole numbers, booleans, texts, byte strings and arrays.
 *
 * The reader takes any bytes and never more time or memory than their length asks for. It goes on past a form that is
 * not the shortest and notes it, so that nothing has to be written again to find out whether bytes have one form only.
 */
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** What msgpack writes of our wire's values. */
export type Packable = boolean | number | string | Uint8Array | readonly Packable[]

/** What the reader gives; null stands for all that our wire has no use for: nil, fractions, numbers beyond 2^53 - 1. */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[]

/** How deep arrays may nest: as deep as the reader of the Python peer goes. */
export const DEPTH_MAX = 1_023

/** The bytes are no msgpack, or more of it than was asked for. */
export class UnpackError extends Error {
  override name = 'UnpackError'
}

/** Write *value* in its shortest form; its numbers are whole, from 0 to 2^53 - 1. */
export function pack(value: Packable): Uint8Array {
  const parts: Uint8Array[] = []
  packInto(parts, value)
  return concatBytes(...parts)
}

/** Reads values one after the other. */
export class Unpacker {
  /** Whether all that was read so far had its shortest form. */
  isShortest = true
  readonly #data: Uint8Array
  readonly #itemsMax: number
  readonly #bytesMax: number
  #offset = 0

  /** Read *data*, of which no array that `unpack` meets may exceed *itemsMax* elements, no byte string *bytesMax*. */
  constructor(data: Uint8Array, { itemsMax = 0, bytesMax = data.length }: { itemsMax?: number; bytesMax?: number }) {
    this.#data = data
    this.#itemsMax = itemsMax
    this.#bytesMax = bytesMax
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#offset === this.#data.length
  }

  /**
   * Read the head of an array and give the number of its elements, whatever it is.
   *
   * Throws:
   *   UnpackError: no array begins here.
   */
  readArrayHeader(): number {
    const head = this.#number(1)
    if ((head & 0xf0) === 0x90) {
      return head & 0x0f
    }
    if (head === 0xdc || head === 0xdd) {
      return this.#longArray(head)
    }
    throw new UnpackError('no array')
  }

  /**
   * Read one value.
   *
   * Throws:
   *   UnpackError: it is cut off, breaks a limit, or is no msgpack.
   */
  unpack(depth = 0): Value {
    const head = this.#number(1)
    if (head < 0x80) {
      return head
    }
    if (head < 0x90) {
      return this.#map(head & 0x0f)
    }
    if (head < 0xa0) {
      return this.#array(head & 0x0f, depth)
    }
    if (head < 0xc0) {
      return this.#text(head & 0x1f)
    }
    return head < 0xe0 ? this.#sized(head, depth) : head - 0x100
  }

  #sized(head: number, depth: number): Value {
    if (head === 0xc0) return null
    if (head === 0xc1 || (head >= 0xd4 && head <= 0xd8)) throw new UnpackError(`nothing begins with ${head}`)
    if (head <= 0xc3) return head === 0xc3
    if (head <= 0xc6) return this.#bytes(this.#length(head - 0xc4, 0))
    if (head <= 0xc9) return this.#extension(this.#length(head - 0xc7, 0))
    if (head <= 0xcb) return this.#fraction(head)
    if (head <= 0xcf) return this.#unsigned(head - 0xcc)
    if (head <= 0xd3) return this.#signed(head - 0xd0)
    if (head <= 0xdb) return this.#text(this.#length(head - 0xd9, 32))
    if (head <= 0xdd) return this.#array(this.#longArray(head), depth)
    return this.#map(this.#length(head - 0xdd, 16))
  }

  /** Read a whole number of 2^*exponent* bytes that a shorter form cannot hold; *least* is the least of one byte. */
  #length(exponent: number, least: number): number {
    const value = this.#number(2 ** exponent)
    this.#expect(value >= (exponent === 0 ? least : 2 ** (8 * 2 ** (exponent - 1))))
    return value
  }

  #longArray(head: number): number {
    const count = this.#number(head === 0xdc ? 2 : 4)
    this.#expect(count > (head === 0xdc ? 0x0f : 0xffff))
    return count
  }

  #unsigned(exponent: number): Value {
    const value = this.#length(exponent, 0x80)
    return value <= Number.MAX_SAFE_INTEGER ? value : null
  }

  #signed(exponent: number): Value {
    // Two's complement: a set first bit stands for ones all the way up, which is -1.
    const isNegative = (this.#data[this.#offset] ?? 0) >= 0x80
    const value = this.#number(2 ** exponent, isNegative ? -1 : 0)
    this.#expect(value < (exponent === 0 ? -32 : -(2 ** (8 * 2 ** (exponent - 1) - 1))))
    return Number.isSafeInteger(value) ? value : null
  }

  #fraction(head: number): null {
    this.#take(head === 0xca ? 4 : 8)
    this.#expect(head === 0xcb)
    return null
  }

  #extension(length: number): null {
    const type = this.#number(1)
    // Types from 128 are msgpack's own; the only one there is, a time, is never empty.
    if (length > 0 || type >= 0x80) {
      throw new UnpackError('an extension type')
    }
    return null
  }

  #map(count: number): null {
    if (count > 0) {
      throw new UnpackError('a map')
    }
    return null
  }

  #array(count: number, depth: number): Value {
    if (count > this.#itemsMax || (count > 0 && depth === DEPTH_MAX)) {
      throw new UnpackError(`an array of ${count}`)
    }
    const items: Value[] = []
    for (let place = 0; place < count; place += 1) {
      items.push(this.unpack(depth + 1))
    }
    return items
  }

  #text(length: number): string {
    const bytes = this.#take(length)
    // Most texts of a record are short and ASCII, for which a TextDecoder takes longer to start than to read.
    const short = length <= SHORT_TEXT_BYTES ? readASCII(bytes) : null
    if (short !== null) {
      return short
    }
    try {
      return UTF8.decode(bytes)
    } catch {
      throw new UnpackError('a text that is not UTF-8')
    }
  }

  #bytes(length: number): Uint8Array {
    if (length > this.#bytesMax) {
      throw new UnpackError(`a byte string of ${length} bytes`)
    }
    // A view would keep the whole message in memory, and be stored with it.
    return new Uint8Array(this.#take(length))
  }

  #number(size: number, upper = 0): number {
    const end = this.#offset + size
    let value = upper
    for (; this.#offset < end; this.#offset += 1) {
      const byte = this.#data[this.#offset]
      if (byte === undefined) {
        throw new UnpackError('cut off')
      }
      value = value * 0x100 + byte
    }
    return value
  }

  #take(length: number): Uint8Array {
    const end = this.#offset + length
    if (end > this.#data.length) {
      throw new UnpackError('cut off')
    }
    const bytes = this.#data.subarray(this.#offset, end)
    this.#offset = end
    return bytes
  }

  #expect(isShortest: boolean): void {
    this.isShortest &&= isShortest
  }
}

const SHORT_TEXT_BYTES = 40

// A byte order mark is part of the text.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readASCII(bytes: Uint8Array): string | null {
  let text = ''
  for (const byte of bytes) {
    if (byte >= 0x80) {
      return null
    }
    text += String.fromCharCode(byte)
  }
  return text
}

function packInto(parts: Uint8Array[], value: Packable): void {
  if (typeof value === 'boolean') {
    parts.push(Uint8Array.of(value ? 0xc3 : 0xc2))
  } else if (typeof value === 'number') {
    parts.push(value < 0x80 ? Uint8Array.of(value) : sized(0xcc, value))
  } else if (typeof value === 'string') {
    const bytes = utf8ToBytes(value)
    parts.push(bytes.length < 32 ? Uint8Array.of(0xa0 | bytes.length) : sized(0xd9, bytes.length), bytes)
  } else if (value instanceof Uint8Array) {
    parts.push(sized(0xc4, value.length), value)
  } else {
    parts.push(value.length < 16 ? Uint8Array.of(0x90 | value.length) : bigEndian(0xdc, value.length, 2))
    for (const item of value) {
      packInto(parts, item)
    }
  }
}

/** Write *value* behind the first of four heads that stand for 1, 2, 4 and 8 bytes. */
function sized(head: number, value: number): Uint8Array {
  const exponent = value <= 0xff ? 0 : value <= 0xffff ? 1 : value <= 0xffffffff ? 2 : 3
  return bigEndian(head + exponent, value, 2 ** exponent)
}

function bigEndian(head: number, value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(1 + size)
  bytes[0] = head
  for (let place = size, rest = value; place > 0; place -= 1, rest = Math.floor(rest / 0x100)) {
    bytes[place] = rest % 0x100
  }
  return bytes
}
