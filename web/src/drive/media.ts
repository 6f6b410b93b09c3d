/**
 * What a file of a stranger may be in a page: pictures, sound, video, fonts and plain text, by the type that its record says.
 *
 * Nothing here runs, or loads what runs, when it is opened as a document of the page's own origin. All else, HTML and
 * programs before all, is bytes without a type.
 */

import { TYPE_UNKNOWN } from './entry.ts'

const SHOWN: ReadonlySet<string> = new Set([
  ...['apng', 'avif', 'bmp', 'gif', 'jpeg', 'png', 'webp', 'vnd.microsoft.icon', 'x-icon'].map(each => `image/${each}`),
  ...['aac', 'flac', 'mp4', 'mpeg', 'ogg', 'wav', 'webm', 'x-wav'].map(each => `audio/${each}`),
  ...['mp4', 'mpeg', 'ogg', 'quicktime', 'webm', 'x-matroska'].map(each => `video/${each}`),
  ...['otf', 'ttf', 'woff', 'woff2'].map(each => `font/${each}`),
])
const PLAIN = 'text/plain'

/** A picture that is a program where it is a document: shown where pages have pictures, and nowhere else. */
export const SVG = 'image/svg+xml'

/** Give the type that a file is given out with. */
export function shownType(type: string): string {
  const bare = bareType(type)
  if (bare === PLAIN) return `${PLAIN}; charset=utf-8`
  return SHOWN.has(bare) ? bare : TYPE_UNKNOWN
}

/** Give a media type without its parameters. */
export function bareType(type: string): string {
  return type.split(';', 1).join('').trim().toLowerCase()
}
