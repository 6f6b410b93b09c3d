/** Patterns such as `*.tmp`, by which files are passed over, as fnmatch of Python's standard library reads them. */

import { readText, several } from '../core/typed.ts'

/** Make what says whether a path is passed over: by its whole, or by one of its parts. Throws ConfigError for what is no text. */
export function ignoring(patterns: string | Iterable<string>): (path: string) => boolean {
  const given = typeof patterns === 'string' ? [patterns] : several(patterns)
  const wanted = given.map(each => expressionOf(readText('a pattern', each)))
  return path => [path, ...path.split('/')].some(part => wanted.some(each => each.test(part)))
}

function expressionOf(pattern: string): RegExp {
  let text = ''
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern.charAt(at)
    const set = sign === '[' ? /^\[(!|(?!!))(\][^\]]*|[^\]]+)\]/.exec(pattern.slice(at)) : null
    if (set !== null) {
      text += setOf(set[1] === '!', set[2] ?? '')
      at += set[0].length - 1
    } else if (sign === '*') text += text.endsWith('.*') ? '' : '.*'
    else text += sign === '?' ? '.' : sign.replace(/[\\^$.|+()[\]{}/]/, '\\$&')
  }
  return new RegExp(`^(?:${text})$`, 'su')
}

/** Characters and spans of them, which may be none: these match nothing. */
function setOf(isOther: boolean, inside: string): string {
  const spans: string[] = []
  const signs = [...inside]
  for (let at = 0; at < signs.length; at++) {
    const [first = '', dash, last = ''] = signs.slice(at, at + 3)
    const isSpan = dash === '-' && last !== ''
    if (isSpan) at += 2
    if (isSpan && first > last) continue
    spans.push(isSpan ? `${escaped(first)}-${escaped(last)}` : escaped(first))
  }
  if (spans.length === 0) return isOther ? '.' : '(?!)'
  return `[${isOther ? '^' : ''}${spans.join('')}]`
}

function escaped(sign: string): string {
  return sign.replace(/[\\\]^-]/, '\\$&')
}
