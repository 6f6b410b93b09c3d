/** The packets of MQTT 3.1.1 that it takes to hear and say texts at most once (QoS 0). */

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** What arrives in one packet is no longer. */
export const PACKET_BYTES_MAX = 131_072

const CONNECT = 0x10
const CONNACK = 0x20
const PUBLISH = 0x30
const SUBSCRIBE = 0x82
const UNSUBSCRIBE = 0xa2
const PINGREQ = 0xc0

const PROTOCOL_LEVEL = 4
const CLEAN_SESSION = 0x02
const HAS_USER = 0x80
const HAS_PASSWORD = 0x40
const LENGTH_BYTES_MAX = 4

/** What a broker says, as far as it is of use. */
export type Packet =
  | { readonly type: 'accepted' }
  | { readonly type: 'refused'; readonly code: number }
  | { readonly type: 'said'; readonly topic: string; readonly text: string }

/** Write who connects, and how often it will be heard at least. */
export function connect(
  client: string,
  { user, password, keepAliveSeconds }: { user: string; password: string; keepAliveSeconds: number },
): Uint8Array<ArrayBuffer> {
  const flags = CLEAN_SESSION | (user === '' ? 0 : HAS_USER) | (password === '' ? 0 : HAS_PASSWORD)
  const head = [text('MQTT'), Uint8Array.of(PROTOCOL_LEVEL, flags), number(keepAliveSeconds)]
  const given = [client, ...(user === '' ? [] : [user]), ...(password === '' ? [] : [password])]
  return packet(CONNECT, ...head, ...given.map(text))
}

/** Write that *topic* is to be heard. */
export function subscribe(id: number, topic: string): Uint8Array<ArrayBuffer> {
  return packet(SUBSCRIBE, number(id), text(topic), Uint8Array.of(0))
}

/** Write that *topic* is to be heard no more. */
export function unsubscribe(id: number, topic: string): Uint8Array<ArrayBuffer> {
  return packet(UNSUBSCRIBE, number(id), text(topic))
}

/** Write what is said in *topic*. */
export function publish(topic: string, said: string): Uint8Array<ArrayBuffer> {
  return packet(PUBLISH, text(topic), utf8ToBytes(said))
}

/** Write that the connection is still wanted. */
export function ping(): Uint8Array<ArrayBuffer> {
  return packet(PINGREQ)
}

/** Reads packets from bytes that come in any pieces. */
export class Packets {
  #rest: Uint8Array = new Uint8Array()

  /** Give what became whole with *bytes*; null when they are no packets, or one is too long. */
  take(bytes: Uint8Array): Packet[] | null {
    let rest: Uint8Array = concatBytes(this.#rest, bytes)
    const found: Packet[] = []
    for (;;) {
      const size = sizeOf(rest)
      if (size === null) return null
      if (size.head === 0 || rest.length < size.head + size.body) break
      const read = readPacket(rest[0] ?? 0, rest.subarray(size.head, size.head + size.body))
      if (read !== null) found.push(read)
      rest = rest.subarray(size.head + size.body)
    }
    this.#rest = rest.slice()
    return found
  }
}

/** Give the bytes of the first packet's head, 0 when it is not whole, and of its body; null when there can be none. */
function sizeOf(bytes: Uint8Array): { readonly head: number; readonly body: number } | null {
  let body = 0
  for (let at = 1; at <= LENGTH_BYTES_MAX; at += 1) {
    const byte = bytes[at]
    if (byte === undefined) return { head: 0, body: 0 }
    body += (byte & 0x7f) * 0x80 ** (at - 1)
    if (body > PACKET_BYTES_MAX) return null
    if (byte < 0x80) return { head: at + 1, body }
  }
  return null
}

function readPacket(head: number, body: Uint8Array): Packet | null {
  if ((head & 0xf0) === CONNACK) {
    const code = body[1] ?? -1
    return code === 0 ? { type: 'accepted' } : { type: 'refused', code }
  }
  // What is said at least once would be longer by its number; we asked for none of that.
  if ((head & 0xf6) !== PUBLISH || body.length < 2) return null
  const end = 2 + (body[0] ?? 0) * 256 + (body[1] ?? 0)
  const read = (part: Uint8Array) => new TextDecoder().decode(part)
  return { type: 'said', topic: read(body.subarray(2, end)), text: read(body.subarray(end)) }
}

function packet(head: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concatBytes(...parts)
  return new Uint8Array(concatBytes(Uint8Array.of(head), lengthOf(body), body))
}

function lengthOf(body: Uint8Array): Uint8Array {
  const digits: number[] = []
  let rest = body.length
  do {
    const digit = rest % 0x80
    rest = Math.floor(rest / 0x80)
    digits.push(rest > 0 ? digit + 0x80 : digit)
  } while (rest > 0)
  return Uint8Array.from(digits)
}

function text(value: string): Uint8Array {
  const bytes = utf8ToBytes(value)
  return concatBytes(number(bytes.length), bytes)
}

function number(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}
