/**
 * Messages as bytes and back: one msgpack array `[type, ...fields]` a message (docs/protocol.md, "Messages").
 *
 * `LAYOUTS` says which fields each type has. A message has exactly one form in bytes. Any bytes give a message or a
 * `WireError`, in time and memory bounded by their length: fields are read one by one and none may nest, but for the
 * records of `Records`, whose count is checked before the first of them is read.
 */
import { LocalProtocolError, WireError } from '../errors.ts'
import { blobs, bounded, choice, detail, digits, type Field, flag, octets, packed, shortIds, whole } from './fields.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from './keys.ts'
import {
  ANNOUNCE_IDS_MAX,
  BLOB_BITS_BYTES_MAX,
  BLOB_PIECE_BYTES,
  BLOB_PIECES_ASKED_MAX,
  BLOB_PROOF_BYTES_MAX,
  FRAME_BYTES_MAX,
  IDS_PER_MESSAGE_MAX,
  INTEGER_MAX,
  INTRODUCTION_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  NAMES_PER_MESSAGE_MAX,
  NEIGHBOURS_TOLD_MAX,
  SKETCH_SYMBOLS_MAX,
  WINDOW_DAYS_MAX,
} from './limits.ts'
import { GoodbyeReason, type KnownMessage, type Message, Role, type Unknown } from './message.ts'
import { type Packable, pack, UnpackError, Unpacker, type Value } from './msgpack.ts'
import { LISTED_ID_BYTES, packCells, packRanges, SYMBOL_BYTES, unpackCells, unpackRanges } from './packing.ts'
import { ID_LENGTH, ROOM_TAG_BYTES } from './signal.ts'

export const DIGEST_BYTES = 16
const ROOT_BYTES = 32
const NAME_BYTES = 36

/** Types that a peer ignores when it does not know them, first and last; below lie the protocol's own. */
export const EXTENSION_TYPES = [64, 127] as const

/** How one type of message lies on the wire. */
export interface Layout {
  readonly kind: KnownMessage['type']
  /** In the order of the array. */
  readonly fields: readonly (readonly [name: string, field: Field<unknown>])[]
  readonly bytesMax: number
}

type FieldsOf<Kind extends KnownMessage['type']> = {
  readonly [Name in Exclude<keyof Extract<KnownMessage, { type: Kind }>, 'type'>]: Field<
    Extract<KnownMessage, { type: Kind }>[Name]
  >
}

function layout<Kind extends KnownMessage['type']>(
  kind: Kind,
  fields: FieldsOf<Kind>,
  bytesMax: number = MESSAGE_BYTES_MAX,
): Layout {
  return { kind, fields: Object.entries<Field<unknown>>(fields), bytesMax }
}

/** The layout of each type, by its number. */
export const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  ...[
    layout('Hello', {
      version: whole(255),
      roomTag: digits(ROOM_TAG_BYTES),
      publicKey: digits(KEY_BYTES),
      nonce: octets(32),
      rulesId: digits(32),
      retentionSeconds: whole(),
      role: choice('Role', Role),
      features: whole(),
      unix: whole(INTEGER_MAX),
    }),
    layout('Proof', { signature: octets(SIGNATURE_BYTES) }),
    layout('Ping', { token: whole() }),
    layout('Pong', { token: whole() }),
    layout('Goodbye', { reason: choice('GoodbyeReason', GoodbyeReason), detail: detail() }),
    layout('Root', { round: whole(), firstDay: whole(), upto: whole(), count: whole(), digest: digits(DIGEST_BYTES) }),
    layout(
      'Days',
      {
        round: whole(),
        firstDay: whole(),
        upto: whole(),
        cellDays: whole(WINDOW_DAYS_MAX, 1),
        cells: packed(packCells, unpackCells),
      },
      FRAME_BYTES_MAX,
    ),
    layout('Ranges', { round: whole(), items: packed(packRanges, unpackRanges), more: flag() }, FRAME_BYTES_MAX),
    layout('Want', { round: whole(), shortIds: shortIds(IDS_PER_MESSAGE_MAX, LISTED_ID_BYTES) }),
    layout('Records', { round: whole(), blobs: blobs() }),
    layout('Credit', { round: whole(), totalBytes: whole(INTEGER_MAX) }),
    layout('Fin', { round: whole(), count: whole(), digest: digits(DIGEST_BYTES) }),
    layout('Announce', { prefixes: shortIds(ANNOUNCE_IDS_MAX) }),
    layout('Pull', { prefixes: shortIds(ANNOUNCE_IDS_MAX) }),
    layout('Sketch', {
      round: whole(),
      firstDay: whole(),
      upto: whole(),
      count: whole(),
      symbols: bounded(SKETCH_SYMBOLS_MAX * SYMBOL_BYTES),
    }),
    layout('More', { round: whole(), symbols: whole(SKETCH_SYMBOLS_MAX) }),
  ].entries(),
  [64, layout('Lacking', { round: whole(), shortIds: shortIds(IDS_PER_MESSAGE_MAX) })],
  [65, layout('Declining', { shortIds: shortIds(IDS_PER_MESSAGE_MAX) })],
  [66, layout('Fetch', { createdAt: whole(INTEGER_MAX), prefixes: shortIds(ANNOUNCE_IDS_MAX) })],
  [67, layout('Seek', {})],
  [68, layout('Neighbours', { peers: bounded(NEIGHBOURS_TOLD_MAX * (ID_LENGTH + KEY_BYTES)) })],
  [
    69,
    layout('Introduce', {
      to: digits(ID_LENGTH),
      source: digits(ID_LENGTH),
      sealed: bounded(INTRODUCTION_BYTES_MAX),
    }),
  ],
  [70, layout('Light', { contentFrom: whole(INTEGER_MAX) })],
  [71, layout('Named', { round: whole(), names: bounded(NAMES_PER_MESSAGE_MAX * NAME_BYTES) })],
  [80, layout('BlobAsk', { root: digits(ROOT_BYTES) })],
  [81, layout('BlobHave', { root: digits(ROOT_BYTES), pieces: bounded(BLOB_BITS_BYTES_MAX) })],
  [82, layout('BlobWant', { root: digits(ROOT_BYTES), first: whole(), count: whole(BLOB_PIECES_ASKED_MAX, 1) })],
  [
    83,
    layout('BlobPart', {
      root: digits(ROOT_BYTES),
      piece: whole(),
      proof: bounded(BLOB_PROOF_BYTES_MAX),
      data: bounded(BLOB_PIECE_BYTES),
    }),
  ],
  [84, layout('BlobAbsent', { root: digits(ROOT_BYTES), first: whole(), count: whole(BLOB_PIECES_ASKED_MAX, 1) })],
])

const TYPES: ReadonlyMap<string, number> = new Map(Array.from(LAYOUTS, ([number, { kind }]) => [kind, number]))

// msgpack's format: an array of up to 15 elements begins with 0x90 plus their number, a small number is itself.
const ARRAY = 0x90
const ARRAY_MASK = 0xf0
const COUNT_MASK = 0x0f
const NUMBER_MASK = 0x80

/**
 * Write *message* in its one form.
 *
 * Throws:
 *   LocalProtocolError: it breaks a limit, so no peer would accept it.
 */
export function encode(message: Message): Uint8Array {
  const number = TYPES.get(message.type)
  const layout = LAYOUTS.get(number ?? -1)
  if (number === undefined || layout === undefined) {
    throw new LocalProtocolError(`${message.type} is never sent`)
  }
  try {
    const fields = layout.fields.map(([name, field]): Packable => field.pack(Reflect.get(message, name)))
    const data = pack([number, ...fields])
    checkSize(data, layout.bytesMax)
    return data
  } catch (error) {
    if (error instanceof WireError) {
      throw new LocalProtocolError(`cannot send this ${layout.kind}: ${error.message}`, { cause: error })
    }
    throw error
  }
}

/**
 * Read the one message that *data* is.
 *
 * Throws:
 *   WireError: the bytes are no message of this protocol, break a limit, or are not the shortest form.
 */
export function decode(data: Uint8Array): Message {
  checkSize(data, MESSAGE_BYTES_MAX)
  const [head, number] = readHead(data)
  const layout = LAYOUTS.get(number)
  if (layout === undefined) {
    return readUnknown(number)
  }
  checkSize(data, layout.bytesMax)
  if (head !== layout.fields.length + 1) {
    throw new WireError(`${layout.kind} is an array of ${layout.fields.length + 1}`)
  }
  const values = readFields(data, layout)
  const fields = layout.fields.map(([name, field], place) => [name, unpack(layout, name, field, values[place] ?? null)])
  // Each field was unpacked as the layout of this type of message says.
  return { type: layout.kind, ...Object.fromEntries(fields) } as KnownMessage
}

/** Read the one message that *data* is, or say why it is none. */
export function tryDecode(data: Uint8Array): Message | WireError {
  try {
    return decode(data)
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

function checkSize(data: Uint8Array, bytesMax: number): void {
  if (data.length > bytesMax) {
    throw new WireError(`a message of ${data.length} bytes; the limit is ${bytesMax}`)
  }
}

function readHead([head = 0, number = NUMBER_MASK]: Uint8Array): [count: number, number: number] {
  if ((head & ARRAY_MASK) !== ARRAY || head === ARRAY || number & NUMBER_MASK) {
    throw new WireError('not a msgpack array that begins with a type from 0 to 127')
  }
  return [head & COUNT_MASK, number]
}

function readUnknown(number: number): Unknown {
  // The rest is not looked at: it is whatever the extension says.
  if (number < EXTENSION_TYPES[0] || number > EXTENSION_TYPES[1]) {
    throw new WireError(`no message has type ${number}`)
  }
  return { type: 'Unknown', number }
}

function readFields(data: Uint8Array, layout: Layout): Value[] {
  // Nothing may nest: the reader refuses every array, map and extension that is not asked for by name.
  const unpacker = new Unpacker(data, { itemsMax: 0 })
  try {
    unpacker.readArrayHeader()
    unpacker.unpack()
    const values = layout.fields.map(([, field]) => readField(unpacker, field))
    if (unpacker.isShortest && unpacker.isAtEnd) {
      return values
    }
  } catch (error) {
    if (error instanceof UnpackError) {
      throw new WireError(`${layout.kind} is broken msgpack`, { cause: error })
    }
    throw error
  }
  throw new WireError('not the shortest msgpack form, or bytes after the message')
}

function readField(unpacker: Unpacker, field: Field<unknown>): Value {
  if (field.itemsMax === 0) {
    return unpacker.unpack()
  }
  const count = unpacker.readArrayHeader()
  if (count > field.itemsMax) {
    throw new WireError(`${count} elements exceed the limit of ${field.itemsMax}`)
  }
  return Array.from({ length: count }, () => unpacker.unpack())
}

function unpack(layout: Layout, name: string, field: Field<unknown>, value: Value): unknown {
  try {
    return field.unpack(value)
  } catch (error) {
    if (error instanceof WireError) {
      throw new WireError(`${layout.kind}.${snakeCase(name)}: ${error.message}`, { cause: error })
    }
    throw error
  }
}

/** Name a field as docs/protocol.md does, for a goodbye tells the other peer what was wrong. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
