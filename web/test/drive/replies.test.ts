/** What is answered to who asks for a file: which bytes, as what. */
import { expect, test } from 'vitest'
import { type Asked, replyOf } from '../../src/drive/replies.ts'

const FOUND = { size: 1_000, media: 'video/webm', tag: 'root' }

function asked(headers: { [name: string]: string } = {}, destination = 'video'): Asked {
  return { method: 'GET', headers: new Headers(headers), destination }
}

test.each<[string, number, number, number]>([
  ['bytes=0-', 206, 0, 1_000],
  ['bytes=0-0', 206, 0, 1],
  ['bytes=10-19', 206, 10, 20],
  ['bytes=990-5000', 206, 990, 1_000],
  ['bytes=-10', 206, 990, 1_000],
  ['bytes=-5000', 206, 0, 1_000],
  ['bytes=1000-', 416, 0, 0],
  ['bytes=-0', 416, 0, 0],
  ['bytes=999999999999999-', 416, 0, 0],
  ['bytes=20-10', 200, 0, 1_000],
  ['bytes=0-1,5-6', 200, 0, 1_000],
  ['bytes=-', 200, 0, 1_000],
  ['bytes=1e3-', 200, 0, 1_000],
  ['lines=0-1', 200, 0, 1_000],
])('%s is answered with %i', (range, status, start, end) => {
  const reply = replyOf(asked({ range }), FOUND, 'a.webm')
  expect([reply.status, reply.start, reply.end]).toEqual([status, start, end])
  if (status === 206) expect(reply.headers['content-range']).toBe(`bytes ${start}-${end - 1}/1000`)
  if (status === 416) expect(reply.headers['content-range']).toBe('bytes */1000')
  else expect(reply.headers['content-length']).toBe(String(end - start))
})

test('an empty file has no range, and one that is known or has changed is answered so', () => {
  const empty = { ...FOUND, size: 0 }
  expect(replyOf(asked(), empty, 'a')).toMatchObject({ status: 200, start: 0, end: 0 })
  expect(replyOf(asked({ range: 'bytes=0-' }), empty, 'a').status).toBe(416)
  expect(replyOf(asked({ 'if-none-match': '"root"' }), FOUND, 'a').status).toBe(304)
  expect(replyOf(asked({ range: 'bytes=1-2', 'if-range': '"root"' }), FOUND, 'a').status).toBe(206)
  expect(replyOf(asked({ range: 'bytes=1-2', 'if-range': '"older"' }), FOUND, 'a').status).toBe(200)
})

test.each([
  ['image/png', 'image', 'image/png', 'inline'],
  ['text/html', 'document', 'application/octet-stream', 'attachment'],
  ['text/javascript', 'script', 'application/octet-stream', 'attachment'],
  ['image/svg+xml', 'image', 'image/svg+xml', 'inline'],
  ...['document', 'iframe', 'object', 'embed', ''].map(where => [
    'image/svg+xml; charset=utf-8',
    where,
    'application/octet-stream',
    'attachment',
  ]),
])('%s for %j is given out as %s', (media, destination, type, manner) => {
  const { headers } = replyOf(asked({}, destination), { ...FOUND, media }, 'a')
  expect([headers['content-type'], headers['content-disposition']?.split(';')[0]]).toEqual([type, manner])
  expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
  expect([headers['x-content-type-options'], headers['cross-origin-resource-policy']]).toEqual([
    'nosniff',
    'same-origin',
  ])
})

test('a name is no header of its own', () => {
  const { headers } = replyOf(asked(), FOUND, 'a"\r\nx: (ö)\'*.webm')
  expect(headers['content-disposition']).toBe("inline; filename*=UTF-8''a%22%0D%0Ax%3A%20%28%C3%B6%29%27%2A.webm")
  expect(new Headers(headers).get('content-type')).toBe('video/webm')
})
