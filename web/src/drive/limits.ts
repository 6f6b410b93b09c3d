/** How much files of a room may take in this page. */

import { BLOB_BYTES_MAX, BLOB_PIECE_BYTES } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'

const UNITS: { readonly [name: string]: number } = {
  '': 1,
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}
const SIZE = /^([0-9]{1,12})\s*([a-z]{0,3})$/i
const NAMES = ['blob', 'room', 'keep', 'author']

/** What `join` takes as `files`: how long a file may be, what all take here, and which are kept. */
export interface FileLimits {
  /** The longest file that is written or fetched, in bytes or as a text; "64 MiB" when left out. */
  readonly blob?: number | string | undefined
  /** What all files take at most; "1 GiB" when left out. */
  readonly room?: number | string | undefined
  /**
   * "used", unless said otherwise: what was read here is kept, and goes when there is no room, what was not used for longest
   * first. "all" fetches every file that a record names, as long as it fits.
   */
  readonly keep?: 'used' | 'all' | undefined
  /** With "all", what is fetched of one author at most, unless somebody here reads it; a quarter of *room* when left out. */
  readonly author?: number | string | undefined
}

/** The same, as numbers of bytes. */
export interface Allowance {
  readonly blobBytes: number
  readonly roomBytes: number
  readonly keep: 'used' | 'all'
  readonly authorBytes: number
}

/** Read what `join` was given; throws ConfigError for what cannot be meant. */
export function readLimits(given: FileLimits): Allowance {
  const isKnown = Object(given) === given && Object.keys(given).every(name => NAMES.includes(name))
  if (!isKnown) throw new ConfigError(`files is { blob, room, keep, author }, not ${shown(given)}`)
  const { blob = '64 MiB', room = '1 GiB', keep = 'used', author } = given
  if (keep !== 'used' && keep !== 'all') throw new ConfigError(`files are kept 'used' or 'all', not ${shown(keep)}`)
  const blobBytes = readSize('the longest file', blob)
  if (blobBytes > BLOB_BYTES_MAX) throw new ConfigError(`a file has at most ${BLOB_BYTES_MAX} bytes (64 GiB)`)
  const roomBytes = readSize('the room for files', room)
  const authorBytes = author === undefined ? Math.floor(roomBytes / 4) : readSize("an author's files", author)
  return { blobBytes, roomBytes, keep, authorBytes }
}

function readSize(name: string, given: unknown): number {
  const [, digits, unit] = typeof given === 'string' ? (SIZE.exec(given.trim()) ?? []) : []
  const size = digits === undefined ? given : Number(digits) * (UNITS[(unit ?? '').toLowerCase()] ?? Number.NaN)
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= BLOB_PIECE_BYTES) return size
  throw new ConfigError(`${name} is a number of bytes from ${BLOB_PIECE_BYTES}, such as '64 MiB', not ${shown(given)}`)
}
