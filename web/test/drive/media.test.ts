/** What a file of a stranger may be in a page. */
import { expect, test } from 'vitest'
import { shownType } from '../../src/drive/media.ts'

test.each([
  ['image/png', 'image/png'],
  ['IMAGE/PNG ; q=1', 'image/png'],
  ['video/webm; codecs="vp9"', 'video/webm'],
  ['text/plain; charset=utf-16', 'text/plain; charset=utf-8'],
  ...['text/html', 'TEXT/HTML; charset=utf-8', 'image/svg+xml', 'application/xhtml+xml', 'text/xml'].map(bytes),
  ...['text/javascript', 'text/css', 'application/pdf', 'multipart/x-mixed-replace', '', ' ', ';', 'image/'].map(bytes),
  bytes('image/png\u0000text/html'),
])('%j is given out as %j', (said, given) => {
  expect(shownType(said)).toBe(given)
})

function bytes(type: string): [string, string] {
  return [type, 'application/octet-stream']
}
