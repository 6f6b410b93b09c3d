/** What a room says of a file: its size and type, and its bytes or where they are (docs/protocol.md, "Files"). */

import type { Json } from '../core/action.ts'
import { type BlobName, readBlobName } from '../core/blob.ts'
import { type BlobSeal, paddedSize, readBlobSeal } from '../core/blob-seal.ts'
import type { PublicKey } from '../core/keys.ts'
import { BLOB_BYTES_MAX, BLOB_INLINE_BYTES_MAX } from '../core/limits.ts'
import type { Record } from '../core/record.ts'

/** The schema of files, by which they are a collection. */
export const SCHEMA = {
  type: 'object',
  properties: {
    size: { type: 'integer', minimum: 0, maximum: BLOB_BYTES_MAX },
    type: { type: 'string', maxLength: 128 },
    blob: { type: 'string', minLength: 64, maxLength: 64 },
    key: { type: 'string', minLength: 64, maxLength: 64 },
    plain: { type: 'string', minLength: 64, maxLength: 64 },
    data: { type: 'string', maxLength: 4 * Math.ceil(BLOB_INLINE_BYTES_MAX / 3) },
    executable: { type: 'boolean' },
    link: { type: 'string', minLength: 1, maxLength: 512 },
    meta: {},
  },
  required: ['size'],
} as const

export const TYPE_UNKNOWN = 'application/octet-stream'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** A file as the room has it now: of exactly one of *blob*, *data* and *link* its bytes come. */
export interface FileEntry {
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** A media type (RFC 6838). */
  readonly type: string
  /** Where its bytes are, unless they are here; sealed ones a bit longer than `size`. */
  readonly blob: BlobName | null
  /** How that is sealed; null where it is not. */
  readonly seal: BlobSeal | null
  readonly data: Uint8Array<ArrayBuffer> | null
  /** The path of another file that this stands for. */
  readonly link: string | null
  readonly isExecutable: boolean
  /** Whatever else the writer says of it. */
  readonly meta: Json
  readonly author: PublicKey | null
  readonly record: Record | null
}

/** What of an entry there must be; all else has a default. */
type Said = Pick<FileEntry, 'path' | 'size'> & Partial<FileEntry>

/** Make an entry. */
export function makeEntry(said: Said): FileEntry {
  const where = { blob: null, seal: null, data: null, link: null }
  return { type: TYPE_UNKNOWN, ...where, isExecutable: false, meta: null, author: null, record: null, ...said }
}

/** Write what a record says of a file. */
export function writeEntry({ size, type, blob, seal, data, link, isExecutable, meta }: FileEntry): {
  [name: string]: Json
} {
  return {
    size,
    ...(type !== TYPE_UNKNOWN && { type }),
    ...(blob !== null && { blob: blob.root }),
    ...seal,
    ...(data !== null && { data: btoa(Array.from(data, byte => String.fromCharCode(byte)).join('')) }),
    ...(link !== null && { link }),
    ...(isExecutable && { executable: true }),
    ...(meta !== null && { meta }),
  }
}

/** Read what *record* says of the file under *path*; null when it makes no sense. */
export function readEntry(path: string, value: unknown, record: Record): FileEntry | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const {
    size,
    type,
    data,
    blob,
    key,
    plain,
    link,
    executable,
    meta = null,
  } = value as { readonly [name: string]: Json }
  const ways = [data, blob, link].filter(each => each !== undefined && each !== null)
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || ways.length !== 1) return null
  const where = whereOf(size, { data, blob, key, plain, link })
  if (where === null) return null
  const [isExecutable, { author }] = [executable === true, record]
  const kind = typeof type === 'string' ? type : TYPE_UNKNOWN
  return makeEntry({ path, size, type: kind, ...where, isExecutable, meta, author, record })
}

function whereOf(
  size: number,
  { data, blob, key, plain, link }: { readonly [name: string]: Json | undefined },
): Partial<FileEntry> | null {
  const isSealed = key !== undefined || plain !== undefined
  const seal = readBlobSeal(key, plain)
  if (isSealed && (seal === null || typeof blob !== 'string')) return null
  if (typeof link === 'string') return { link }
  if (typeof blob === 'string') {
    const name = readBlobName(blob, size)
    return name === null ? null : { seal, blob: isSealed ? { ...name, size: paddedSize(size) } : name }
  }
  if (typeof data !== 'string' || !BASE64.test(data)) return null
  const inline = Uint8Array.from(atob(data), character => character.charCodeAt(0))
  return inline.length === size ? { data: inline } : null
}
