/** Addresses of files below a worker's scope: written and read back, whatever is in a path; all else is none, or names nothing. */
import { expect, test } from 'vitest'
import { readErrand, writeErrand } from '../../src/drive/errands.ts'

const SCOPE = 'https://a.example/app/'

test.each(['a.png', 'photos/Ä ö/50%.jpg', 'a?b#c', '%2e%2e/x', "it's (1)*", 'a\\b', '.a/..b', 'x;y=1&z'])(
  '%j comes back',
  path => {
    const href = writeErrand(SCOPE, 'a site/b', path, '0123')
    expect(href.startsWith(`${SCOPE}peerset-files/a%20site%2Fb/`)).toBe(true)
    expect(readErrand(SCOPE, href)).toEqual({ type: 'peerset-file', name: 'a site/b', path })
  },
)

test.each([
  'https://b.example/app/peerset-files/site/a',
  'http://a.example/app/peerset-files/site/a',
  'https://a.example/peerset-files/site/a',
  'https://a.example/app/',
  'https://a.example/app/peerset-files',
  'https://a.example/app/peerset-files/../index.html',
  'https://a.example/app/peerset-files/site/%2e%2e/%2e%2e/index.html',
  'data:text/plain,peerset-files/site/a',
])('%s is no address of a file', href => {
  expect(readErrand(SCOPE, href)).toBeNull()
})

test.each(['', 'site', 'site/', 'site/a/', 'site//a', '/a', 'site/a%2Fb', 'site/..%2f..%2fx', 'site/%ff', 'site/%'])(
  'peerset-files/%s names no file',
  path => {
    expect(readErrand(SCOPE, `${SCOPE}peerset-files/${path}`)).toBe(false)
  },
)
