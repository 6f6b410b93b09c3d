/** What a service worker answers who asks for a file: which bytes, and as what (RFC 9110, sections 13 to 15). */

import { TYPE_UNKNOWN } from './entry.ts'
import type { Found } from './errands.ts'
import { bareType, SVG, shownType } from './media.ts'

/** Whatever a file is, a document of it runs nothing, loads nothing, and is of no origin. */
const SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
const RANGE = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/

/** What is asked, of a `Request`. */
export interface Asked {
  readonly method: string
  readonly headers: Pick<Headers, 'get'>
  /** What the browser wants it for. */
  readonly destination: string
}

/** An answer without its body: the bytes from *start* up to *end*. */
export interface Reply {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly start: number
  readonly end: number
}

/** Say how *asked* is answered of a file called *name*. */
export function replyOf(asked: Asked, found: Found, name: string): Reply {
  const { size } = found
  const tag = `"${found.tag}"`
  const headers = { ...headersOf(asked, found, name), etag: tag }
  if (asked.headers.get('if-none-match') === tag) return { status: 304, headers, start: 0, end: 0 }
  const condition = asked.headers.get('if-range')
  const range = condition === null || condition === tag ? spanOf(asked.headers.get('range'), size) : null
  if (range === null) return { status: 200, headers: { ...headers, 'content-length': `${size}` }, start: 0, end: size }
  const [start, end] = range
  if (start >= end) {
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` }, start: 0, end: 0 }
  }
  const part = { 'content-range': `bytes ${start}-${end - 1}/${size}`, 'content-length': `${end - start}` }
  return { status: 206, headers: { ...headers, ...part }, start, end }
}

function headersOf({ destination }: Asked, { media }: Found, name: string): { [name: string]: string } {
  const isDrawn = destination === 'image' && bareType(media) === SVG
  const type = isDrawn ? SVG : shownType(media)
  const manner = type === TYPE_UNKNOWN ? 'attachment' : 'inline'
  return {
    'content-type': type,
    'content-disposition': `${manner}; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, escaped)}`,
    'content-security-policy': SANDBOX,
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'accept-ranges': 'bytes',
    'cache-control': 'no-cache',
  }
}

/** Give the one range that is asked for; empty when there is nothing in it, null when all is to be given. */
function spanOf(range: string | null, size: number): readonly [start: number, end: number] | null {
  const [, first, last] = RANGE.exec(range ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '') return [Math.max(0, size - Number(last)), size]
  if (last !== '' && Number(last) < Number(first)) return null
  return [Number(first), last === '' ? size : Math.min(size, Number(last) + 1)]
}

function escaped(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
}
