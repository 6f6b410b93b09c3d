/** Files of a room by path: written, read, listed, linked and followed. */

import type { Json } from '../core/action.ts'
import { blobTag } from '../core/blob.ts'
import type { PublicKey } from '../core/keys.ts'
import { BLOB_INLINE_BYTES_MAX } from '../core/limits.ts'
import { sealIdOf } from '../core/record.ts'
import { type AnyKey, shown } from '../core/typed.ts'
import type { Collection } from '../data/collection.ts'
import type { Bytes } from '../data/desk.ts'
import type { Doc, FindOptions } from '../data/types.ts'
import { BlobError, ConfigError } from '../errors.ts'
import { type AddOptions, addBlob } from './adding.ts'
import { type FileEntry, makeEntry, readEntry, TYPE_UNKNOWN, writeEntry } from './entry.ts'
import { shownType } from './media.ts'
import { NO_LIBRARY, OpenedFile, readOffset } from './opened.ts'
import { faultOf, readFolder, readPath } from './paths.ts'
import { ignoring } from './patterns.ts'
import { sealBlob } from './sealing.ts'
import type { ServedFiles, ServeOptions } from './serving.ts'
import type { FileChange } from './watching.ts'

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

/** What is said of a file beside its bytes, and how its writing is followed and given up. */
export interface FileOptions extends AddOptions {
  /** A media type; that of the source when left out. */
  readonly type?: string | undefined
  readonly executable?: boolean | undefined
  readonly meta?: Json | undefined
  readonly ttlSeconds?: number | undefined
}

/** Which version is read. */
export interface VersionOptions {
  /** As of a time, or of when a record was written: an earlier version, as long as the room keeps it. */
  readonly at?: FindOptions['at']
}

/** Which files are meant. */
export interface FolderOptions {
  /** Patterns such as `*.tmp`, of a path or of one of its parts, that are passed over. */
  readonly ignore?: string | Iterable<string> | undefined
}

/** What files are listed. */
export interface ListOptions extends FolderOptions, VersionOptions {
  /** With all folders below; so it is unless said otherwise. */
  readonly recursive?: boolean | undefined
}

/** What files are brought here. */
export interface DownloadOptions extends FolderOptions {
  /** Is told of a file, and of so many bytes of it that are here since the last time. */
  readonly progress?: ((entry: FileEntry, bytes: number) => void) | undefined
}

/** A file that differs between two times. */
export interface FileDifference {
  readonly path: string
  readonly old: FileEntry | null
  readonly new: FileEntry | null
}

/** A file as the address of an image, a video or a link in this page, until it is revoked. */
export interface FileUrl {
  readonly href: string
  /** Let the browser forget the bytes. */
  revoke(): void
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
   * Write a file, in place of what is there; of an entry, of whatever room, only where its bytes are is written. A sealed
   * one stays in its room.
   *
   * Refused with a ConfigError for what is no path, or is an entry that is sealed otherwise than here, a BlobError when it is
   * too long or there is no room, with the reason of a *signal* that ends it, and as `publish` is.
   */
  async put(path: string, source: FileSource, options: FileOptions = {}): Promise<FileEntry> {
    const { type, executable = false, meta = null, ttlSeconds, signal } = options
    readPath(path)
    if (isEntry(source)) {
      this.#checkSeal(source)
      return await this.#write({ ...source, path, type: type ?? source.type }, ttlSeconds)
    }
    const blob = await blobOf(source)
    const said = { path, size: blob.size, type: type ?? (blob.type || TYPE_UNKNOWN), isExecutable: executable, meta }
    if (blob.size > BLOB_INLINE_BYTES_MAX) {
      return await this.#write(makeEntry({ ...said, ...(await this.#kept(blob, options)) }), ttlSeconds, signal)
    }
    const data = new Uint8Array(await blob.arrayBuffer())
    return await this.#write(makeEntry({ ...said, data }), ttlSeconds, signal)
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
  async entry(
    path: string,
    { follow = false, at }: VersionOptions & { readonly follow?: boolean } = {},
  ): Promise<FileEntry | null> {
    let wanted = readPath(path)
    for (let links = 0; links <= LINKS_MAX; links++) {
      const doc = await this.registers.get(wanted, { author: this.#author, at })
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

  /**
   * Open a file for reading, as it is now: what of it is not here is fetched when it is read.
   *
   * Refused with a ConfigError when there is none.
   */
  async open(path: string | FileEntry, { at }: VersionOptions = {}): Promise<OpenedFile> {
    const entry = typeof path === 'string' ? await this.entry(path, { follow: true, at }) : path
    if (entry === null) throw new ConfigError(`there is no file ${shown(path)} in ${shown(this.name)} here`)
    return new OpenedFile(entry, this.#bytes)
  }

  /** Give the bytes of a file; null when there is none. Refused with a BlobError when nobody here has them. */
  async get(path: string, { at }: VersionOptions = {}): Promise<Uint8Array<ArrayBuffer> | null> {
    const entry = await this.entry(path, { follow: true, at })
    return entry === null ? null : await new OpenedFile(entry, this.#bytes).read()
  }

  /** Give a file as a `Blob` of the type that its author gave it; null when there is none. Refused as `get` is. */
  async blob(path: string, { at }: VersionOptions = {}): Promise<Blob | null> {
    const entry = await this.entry(path, { follow: true, at })
    return entry === null ? null : new Blob([await new OpenedFile(entry, this.#bytes).read()], { type: entry.type })
  }

  /**
   * Give a file as an address for this page, to be revoked when it is not needed any more; null when there is none.
   *
   * What is no picture, sound, video, font or plain text has no type there: in a tab of its own it would run as this page.
   * Refused as `get` is.
   */
  async url(path: string, options: VersionOptions = {}): Promise<FileUrl | null> {
    const blob = await this.blob(path, options)
    if (blob === null) return null
    const href = URL.createObjectURL(blob.slice(0, blob.size, shownType(blob.type)))
    return { href, revoke: () => URL.revokeObjectURL(href) }
  }

  /**
   * Give files addresses of the page's own site, for `<img>` and `<video>`: a service worker brings of them what is asked for.
   *
   * Where there is none, `reason` says why, and addresses are those of bytes that are read whole before, as `url` gives them.
   */
  async serve(options: ServeOptions = {}): Promise<ServedFiles> {
    return await (await import('./serving.ts')).serve(this, options)
  }

  /** Give the bytes of a file from *start* up to *end*, and fetch no more than the pieces that these are in. */
  async read(path: string, start = 0, end = Number.MAX_SAFE_INTEGER): Promise<Uint8Array<ArrayBuffer>> {
    const span = [readOffset(start), readOffset(end)] as const
    return await (await this.open(path)).slice(...span)
  }

  /** Give the files in a folder by path, with all below it unless told otherwise. */
  async list(folder = '', { recursive = true, ignore = [], at }: ListOptions = {}): Promise<FileEntry[]> {
    const prefix = readFolder(folder)
    const isIgnored = ignoring(ignore)
    const found: FileEntry[] = []
    for await (const doc of this.registers.all(prefix === '' ? {} : { key: { prefix } }, {
      order: 'key',
      author: this.#owner,
      at,
    })) {
      const entry = entryOf(doc)
      if (entry === null || isIgnored(entry.path)) continue
      if (recursive || !entry.path.slice(prefix.length).includes('/')) found.push(entry)
    }
    return found
  }

  /** Give the names of the folders in a folder, each with a slash at its end. */
  async folders(folder = ''): Promise<string[]> {
    const prefix = readFolder(folder)
    const paths = (await this.list(folder)).map(({ path }) => path.slice(prefix.length))
    return [...new Set(paths.filter(path => path.includes('/')).map(path => `${path.split('/')[0]}/`))].sort()
  }

  /** Give the files that differ between two times, by path. */
  async *diff(
    before: FindOptions['at'],
    after: FindOptions['at'],
    { folder = '' }: { readonly folder?: string | undefined } = {},
  ): AsyncGenerator<FileDifference> {
    const differing = this.registers.diff(before, after, { prefix: readFolder(folder), author: this.#author })
    for await (const { key, old, new: young } of differing) {
      yield { path: key, old: old && entryOf(old), new: young && entryOf(young) }
    }
  }

  /** Give what changes in a folder, from the moment on at which the first change is asked for. */
  async *watch(folder = ''): AsyncGenerator<FileChange> {
    const { watch } = await import('./watching.ts')
    yield* watch(this, folder)
  }

  /** Bring here all bytes of the files in a folder, or of one file; give how many files these are. Refused as `get` is. */
  async download(folder = '', { ignore = [], progress }: DownloadOptions = {}): Promise<number> {
    const entries = await this.#below(folder, ignore)
    for (const entry of entries) {
      const opened = new OpenedFile(entry, this.#bytes)
      if (progress !== undefined) for await (const part of opened) progress(entry, part.length)
      else await this.#fetch(entry)
    }
    return entries.length
  }

  /** Forget here the bytes of the files in a folder, or of one file, which stay files; give how many blobs went. */
  async clear(folder = ''): Promise<number> {
    const roots = new Set((await this.#below(folder, [])).flatMap(({ blob }) => (blob === null ? [] : [blob.root])))
    let gone = 0
    for (const root of roots) if (await this.#bytes?.forget(root)) gone += 1
    return gone
  }

  get #ours(): PublicKey {
    const { definition, inside } = this.registers
    return inside.desk.speaksFor(definition)
  }

  get #owner(): AnyKey | undefined {
    return this.#author ?? (this.registers.definition.isShared ? undefined : this.#ours)
  }

  #checkOurs(): void {
    if (this.#author === undefined || this.#author === this.#ours) return
    throw new ConfigError(`these files in ${shown(this.name)} are another author's: only that one writes them`)
  }

  /** Keep a blob, sealed where the room is. */
  async #kept(blob: Blob, options: AddOptions): Promise<Pick<FileEntry, 'blob' | 'seal'>> {
    const bytes = this.#withBytes()
    if (this.registers.inside.desk.seals === null) return { blob: await addBlob(bytes, blob, options), seal: null }
    const sealed = await sealBlob(blob)
    return { blob: await addBlob(bytes, sealed.blob, options), seal: sealed.seal }
  }

  /** Let no blob in that is not sealed by this room, and none out that is. */
  #checkSeal({ path, blob, seal, record }: FileEntry): void {
    const { seals } = this.registers.inside.desk
    const id = sealIdOf(record?.outside ?? [])
    const isOurs = seal === null || record === null || (id !== null && (seals?.includes(id) ?? false))
    if (blob === null || ((seals === null) === (seal === null) && isOurs)) return
    const how = seal === null ? 'not sealed' : 'sealed'
    throw new ConfigError(
      `${shown(path)} is ${how} as files are in ${shown(this.name)}: its bytes must be written anew, by ` +
        'put(path, await files.blob(path)) with the files that it is of',
    )
  }

  async #below(folder: string, ignore: string | Iterable<string>): Promise<FileEntry[]> {
    const one = faultOf(folder) === null ? await this.entry(folder, { follow: true }) : null
    return one === null ? await this.list(folder, { ignore }) : [one]
  }

  async #fetch({ blob, record }: FileEntry): Promise<void> {
    if (blob === null) return
    const bytes = this.#withBytes()
    // The room is to know of what is read before it is told.
    if (record !== null) await bytes.note(record)
    await bytes.fetch(blob)
  }

  async #write(entry: FileEntry, ttlSeconds?: number | undefined, signal?: AbortSignal): Promise<FileEntry> {
    this.#checkOurs()
    const { desk } = this.registers.inside
    const writing = await this.registers.writing()
    try {
      return await writing.inTurn(entry.path, async () => {
        const draft = await (await writing.draftVersion(entry.path, writeEntry(entry), { ttlSeconds }))()
        signal?.throwIfAborted()
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
    throw new BlobError(NO_LIBRARY)
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
