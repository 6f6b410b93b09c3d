/** Paths of files in a room: relative, of segments joined by `/`, alike on every system. */

import { DOCUMENT_KEY_BYTES_MAX } from '../core/limits.ts'
import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
const CONTROL = /[\u0000-\u001f\u007f]/

const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Read the path of a file; throws ConfigError when it is empty, absolute or too long, has control characters, or a part is
 * empty, `.` or `..`.
 */
export function readPath(given: unknown): string {
  const fault = faultOf(given)
  if (fault !== null) throw new ConfigError(`${shown(given)} is no path of a file here: ${fault}`)
  return given as string
}

/** Read the path of a folder: empty for all, or with `/` at its end. */
export function readFolder(given: unknown): string {
  if (given === '' || given === '/') return ''
  return `${readPath(typeof given === 'string' ? given.replace(/\/$/, '') : given)}/`
}

/** Say what is wrong with *path*; null when nothing is. */
export function faultOf(path: unknown): string | null {
  if (typeof path !== 'string') return 'it is no text'
  if (LONE_SURROGATE.test(path)) return 'it has a lone surrogate'
  const size = new TextEncoder().encode(path).length
  if (size === 0 || size > DOCUMENT_KEY_BYTES_MAX) {
    return `it has ${size} bytes, and may have 1 to ${DOCUMENT_KEY_BYTES_MAX}`
  }
  if (CONTROL.test(path)) return 'it has control characters'
  if (path.startsWith('/')) return 'it begins with a slash: paths are relative'
  const segments = path.split('/')
  if (segments.includes('')) return 'a part of it is empty'
  return segments.some(segment => segment === '.' || segment === '..') ? 'it leads out of its folder' : null
}
