/** Files of a room by path: written, read, listed, linked and followed. */

import type { Json } from '../core/action.ts'
import { blobTag } from '../core/blob.ts'
import { BLOB_INLINE_BYTES_MAX, BLOB_PIECE_BYTES } from '../core/limits.ts'
import { type AnyKey, shown } from '../core/typed.ts'
import type { Collection } from '../data/collection.ts'
import type { Bytes } from '../data/desk.ts'
import type { Doc } from '../data/types.ts'
import { BlobError, ConfigError } from '../errors.ts'
import { type FileEntry, makeEntry, readEntry, TYPE_UNKNOWN, writeEntry } from './entry.ts'
import { faultOf, readFolder, readPath } from './paths.ts'

/** So many links are followed before it is said that they lead nowhere. */
const LINKS_MAX = 16

export { SCHEMA } from './entry.ts'

/** What a file is written from. */
export type FileSource =
  | string
  | Uint8Array<ArrayBuffer>
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array<ArrayBuffer>>
  | FileEntry

/** What is said of a file beside its bytes. */
export interface FileOptions {
  /** A media type; that of the source when left out. */
  readonly type?: string | undefined
  readonly executable?: boolean | undefined
  readonly meta?: Json | undefined
  readonly ttlSeconds?: number | undefined
}

/** What files are listed. */
export interface ListOptions {
  /** With all folders below; so it is unless said otherwise. */
  readonly recursive?: boolean | undefined
}

/** The files under one name in a room. Made by `Room.files`. */
export class Files {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** The collection in which they are: each path a register. */
  readonly registers: Collection
  readonly #bytes: Bytes | null
  readonly #author: AnyKey | undefined

  constructor(registers: Collection, author: AnyKey | undefined) {
    this.registers = registers
    this.#bytes = registers.inside.desk.bytes
    this.#author = author
  }

  /** The name of the collection. */
  get name(): string {
    return this.registers.name
  }

  /**
   * Write a file, in place of what is there; of an entry, of whatever room, only where its bytes are is written.
   *
   * Refused with a ConfigError for what is no path, a BlobError when it is too long or there is no room, and as `publish` is.
   */
  async put(path: string, source: FileSource, options: FileOptions = {}): Promise<FileEntry> {
    const { type, executable = false, meta = null, ttlSeconds } = options
    readPath(path)
    if (isEntry(source)) return await this.#write({ ...source, path, type: type ?? source.type }, ttlSeconds)
    const blob = await blobOf(source)
    const said = { path, size: blob.size, type: type ?? (blob.type || TYPE_UNKNOWN), isExecutable: executable, meta }
    if (blob.size > BLOB_INLINE_BYTES_MAX) {
      return await this.#write(makeEntry({ ...said, blob: await this.#withBytes().add(blob) }), ttlSeconds)
    }
    const data = new Uint8Array(await blob.arrayBuffer())
    return await this.#write(makeEntry({ ...said, data }), ttlSeconds)
  }

  /** Let *path* stand for the file *target*, whatever that is when it is read. */
  async link(path: string, target: string, { ttlSeconds }: Pick<FileOptions, 'ttlSeconds'> = {}): Promise<FileEntry> {
    return await this.#write(makeEntry({ path: readPath(path), size: 0, link: readPath(target) }), ttlSeconds)
  }

  /** Delete a file, for all who read; false when there is none. */
  async delete(path: string): Promise<boolean> {
    this.#checkOurs()
    if ((await this.entry(path)) === null) return false
    await this.registers.delete(path)
    return true
  }

  /** Give what the room says of a file, where links lead with *follow*; null when there is none. */
  async entry(path: string, { follow = false }: { readonly follow?: boolean } = {}): Promise<FileEntry | null> {
    let wanted = readPath(path)
    for (let links = 0; links <= LINKS_MAX; links++) {
      const doc = await this.registers.get(wanted, { author: this.#author })
      const entry = doc === null ? null : entryOf(doc)
      if (!follow || entry === null || entry.link === null) return entry
      wanted = entry.link
    }
    throw new ConfigError(`${shown(path)} leads over more than ${LINKS_MAX} links`)
  }

  /** Say whether there is a file, or a link. */
  async exists(path: string): Promise<boolean> {
    return (await this.entry(path)) !== null
  }

  /** Give the bytes of a file; null when there is none. Refused with a BlobError when nobody here has them. */
  async get(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const entry = await this.entry(path, { follow: true })
    return entry === null ? null : await this.#slice(entry, 0, entry.size)
  }

  /** Give a file as a `Blob` of its type, for `URL.createObjectURL`; null when there is none. Refused as `get` is. */
  async blob(path: string): Promise<Blob | null> {
    const entry = await this.entry(path, { follow: true })
    return entry === null ? null : new Blob([await this.#slice(entry, 0, entry.size)], { type: entry.type })
  }

  /** Give the bytes of a file from *start* up to *end*, and fetch no more than the pieces that these are in. */
  async read(path: string, start = 0, end = Number.MAX_SAFE_INTEGER): Promise<Uint8Array<ArrayBuffer>> {
    if (![start, end].every(each => Number.isSafeInteger(each) && each >= 0)) {
      throw new ConfigError(
        `bytes are read from one whole number up to another, not from ${shown(start)} to ${shown(end)}`,
      )
    }
    const entry = await this.entry(path, { follow: true })
    if (entry === null) throw new ConfigError(`there is no file ${shown(path)} in ${shown(this.name)} here`)
    return await this.#slice(entry, start, Math.min(end, entry.size))
  }

  /** Give the files in a folder by path, with all below it unless told otherwise. */
  async list(folder = '', { recursive = true }: ListOptions = {}): Promise<FileEntry[]> {
    const prefix = readFolder(folder)
    const found: FileEntry[] = []
    for await (const doc of this.registers.all(prefix === '' ? {} : { key: { prefix } }, {
      order: 'key',
      author: this.#owner,
    })) {
      const entry = entryOf(doc)
      if (entry !== null && (recursive || !entry.path.slice(prefix.length).includes('/'))) found.push(entry)
    }
    return found
  }

  /** Give the names of the folders in a folder, each with a slash at its end. */
  async folders(folder = ''): Promise<string[]> {
    const prefix = readFolder(folder)
    const paths = (await this.list(folder)).map(({ path }) => path.slice(prefix.length))
    return [...new Set(paths.filter(path => path.includes('/')).map(path => `${path.split('/')[0]}/`))].sort()
  }

  /** Bring here all bytes of the files in a folder, or of one file; give how many files these are. Refused as `get` is. */
  async download(folder = ''): Promise<number> {
    const entries = await this.#below(folder)
    for (const entry of entries) {
      await this.#note(entry)
      if (entry.blob !== null) await this.#withBytes().fetch(entry.blob)
    }
    return entries.length
  }

  /** Forget here the bytes of the files in a folder, or of one file, which stay files; give how many blobs went. */
  async clear(folder = ''): Promise<number> {
    const roots = new Set((await this.#below(folder)).flatMap(({ blob }) => (blob === null ? [] : [blob.root])))
    let gone = 0
    for (const root of roots) if (await this.#bytes?.forget(root)) gone += 1
    return gone
  }

  get #owner(): AnyKey | undefined {
    return this.#author ?? (this.registers.definition.isShared ? undefined : this.registers.inside.desk.key)
  }

  #checkOurs(): void {
    if (this.#author === undefined || this.#author === this.registers.inside.desk.key) return
    throw new ConfigError(`these files in ${shown(this.name)} are another author's: only that one writes them`)
  }

  async #below(folder: string): Promise<FileEntry[]> {
    const one = faultOf(folder) === null ? await this.entry(folder, { follow: true }) : null
    return one === null ? await this.list(folder) : [one]
  }

  async #slice(entry: FileEntry, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    if (start >= end) return new Uint8Array()
    if (entry.data !== null) return entry.data.slice(start, end)
    if (entry.blob === null) return new Uint8Array()
    const found = new Uint8Array(end - start)
    const last = Math.floor((end - 1) / BLOB_PIECE_BYTES)
    await this.#note(entry)
    for (let piece = Math.floor(start / BLOB_PIECE_BYTES); piece <= last; piece++) {
      const at = piece * BLOB_PIECE_BYTES
      const data = await this.#withBytes().piece(entry.blob, piece, last)
      found.set(data.subarray(Math.max(0, start - at), end - at), Math.max(0, at - start))
    }
    return found
  }

  /** See to it that the room knows of what we have read. */
  async #note({ record }: FileEntry): Promise<void> {
    if (record !== null) await this.#bytes?.note(record)
  }

  async #write(entry: FileEntry, ttlSeconds: number | undefined): Promise<FileEntry> {
    this.#checkOurs()
    const { desk } = this.registers.inside
    const writing = await this.registers.writing()
    try {
      return await writing.inTurn(entry.path, async () => {
        const draft = await (await writing.draftVersion(entry.path, writeEntry(entry), { ttlSeconds }))()
        const tags = entry.blob === null ? draft.tags : [...draft.tags, blobTag(entry.blob)]
        const [record] = await desk.write([{ ...draft, tags }])
        if (record === undefined) throw new BlobError(`${shown(entry.path)} was not written`)
        return entryOf(await writing.written(record)) ?? entry
      })
    } catch (error) {
      if (entry.blob !== null) await this.#bytes?.abandon(entry.blob.root)
      throw error
    }
  }

  #withBytes(): Bytes {
    if (this.#bytes !== null) return this.#bytes
    throw new BlobError('files of more than 24 KiB need join(room, { files: {} }) here')
  }
}

/** Read a file; what others wrote under a path that is none is passed over. */
function entryOf({ key, value, isDeleted, record }: Doc<Json>): FileEntry | null {
  return key === null || isDeleted || faultOf(key) !== null ? null : readEntry(key, value, record)
}

function isEntry(source: FileSource): source is FileEntry {
  return typeof source === 'object' && 'path' in source && 'link' in source
}

async function blobOf(source: Exclude<FileSource, FileEntry>): Promise<Blob> {
  if (source instanceof Blob) return source
  if (source instanceof ReadableStream) return await new Response(source).blob()
  if (typeof source === 'string' || source instanceof Uint8Array || source instanceof ArrayBuffer)
    return new Blob([source])
  throw new ConfigError(`a file is written from text, bytes, a Blob, a stream or an entry, not ${shown(source)}`)
}
