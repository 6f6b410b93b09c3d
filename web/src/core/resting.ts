/**
 * Records that rest: what nobody looks at for long keeps to the bytes in which it came.
 *
 * Once read, each tag is an array and each of its values a text of its own: 63 short tags take twenty times their wire
 * form, and long content is there twice. So whoever keeps many records for long keeps those at rest.
 */

import { RECORD_TAGS_MAX } from './limits.ts'
import { Unpacker } from './msgpack.ts'
import type { Record, Tags } from './record.ts'

/** Below these a record is small however it is kept, and is kept as it was read. */
const LIGHT_TAGS_MAX = 8
const LIGHT_BYTES_MAX = 4_096

/** A record whose tags, content and signature are read each time somebody asks for them. Never copy it: see `awake`. */
class RestingRecord implements Record {
  declare readonly id: Record['id']
  declare readonly author: Record['author']
  declare readonly createdAt: Record['createdAt']
  declare readonly kind: number
  declare readonly wire: Uint8Array

  get tags(): Tags {
    return awake(this).tags
  }

  get content(): string {
    return awake(this).content
  }

  get signature(): Uint8Array {
    return awake(this).signature
  }
}

/** Give *record* as who keeps it for long shall: itself, where it is small. */
export function atRest(record: Record): Record {
  if (record instanceof RestingRecord) return record
  const { id, author, createdAt, kind, tags, wire } = record
  const isLight = tags.length <= LIGHT_TAGS_MAX && wire.length <= LIGHT_BYTES_MAX
  if (isLight || !wire.length) return record
  return Object.assign(new RestingRecord(), { id, author, createdAt, kind, wire })
}

/** Give *record* with all that it says read. */
export function awake(record: Record): Record {
  if (!(record instanceof RestingRecord)) return record
  const { wire, ...rest } = record
  const [, , , tags, content, signature] = new Unpacker(wire, { itemsMax: RECORD_TAGS_MAX }).unpack() as Values
  return { ...rest, tags, content, signature, wire }
}

/** What a wire form holds; it was checked when the record came. */
type Values = readonly [Uint8Array, number, number, Tags, string, Uint8Array]
