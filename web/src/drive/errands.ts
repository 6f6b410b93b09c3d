/** What a service worker and the pages that hold rooms say to each other, and how the addresses of files are written. */

import { type FileEntry, TYPE_UNKNOWN } from './entry.ts'

/** Below the worker's scope; no page of an application is called so. */
const FOLDER = 'peerset-files/'

/** Which file is meant: *name* is under what a page gives files out. */
export interface Errand {
  readonly type: 'peerset-file'
  readonly name: string
  readonly path: string
}

/** A page gives out files under *name*, from now on; it wants to be controlled. */
export interface Offer {
  readonly type: 'peerset-files'
  readonly name: string
}

/** What the worker asks a page on the errand's own channel. */
export type Ask =
  | { readonly type: 'open'; readonly start: number; readonly end: number }
  | { readonly type: 'more' }
  | { readonly type: 'stop' }

/** What a page says on it: what there is of the file, its next bytes, its end, or why nothing comes. */
export type Told =
  | ({ readonly type: 'found' } & Found)
  | { readonly type: 'none' }
  | { readonly type: 'part'; readonly data: Uint8Array<ArrayBuffer> | null }
  | { readonly type: 'failed'; readonly reason: string }

/** What a worker is to know of a file. */
export interface Found {
  readonly size: number
  /** As its author says it. */
  readonly media: string
  /** Names its bytes. */
  readonly tag: string
}

/** Say what a worker is to know of *entry*. */
export function foundOf({ size, type, blob, record }: FileEntry): Found {
  return { size, media: type ?? TYPE_UNKNOWN, tag: blob?.root ?? record?.id ?? '' }
}

/** Write the address of a file under *scope*; *version* makes browsers ask again when it is another. */
export function writeErrand(scope: string, name: string, path: string, version: string): string {
  const url = new URL(`${FOLDER}${[name, ...path.split('/')].map(encodeURIComponent).join('/')}`, scope)
  url.search = version
  return url.href
}

/** Read an address: null when it is none of ours, false when it names no file. */
export function readErrand(scope: string, href: string): Errand | false | null {
  const root = new URL(FOLDER, scope)
  const url = new URL(href)
  if (url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return null
  try {
    const [name = '', ...parts] = url.pathname.slice(root.pathname.length).split('/').map(decodeURIComponent)
    const isPath = name !== '' && parts.length > 0 && parts.every(part => part !== '' && !part.includes('/'))
    return isPath && { type: 'peerset-file', name, path: parts.join('/') }
  } catch {
    return false
  }
}
