/** Percent-encoding: any text in the few characters of a URI (RFC 3986, section 2). */

import { ConfigError } from '../errors.ts'

const BROKEN = /%(?![0-9A-Fa-f]{2})/
/** What no URI holds as it is (RFC 3986, appendix A). Letters beyond ASCII are read as those of an IRI (RFC 3987). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const FOREIGN = /[\x00-\x20"#<>[\\\]^`{|}\x7f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROL = /[\x00-\x1f]/
// With the flag u, a surrogate in a class matches only where it stands alone.
const SURROGATE = /[\ud800-\udfff]/u

/** Write *text*: unreserved characters and those of *plain* as they are, the rest as `%XX` of its UTF-8. */
export function quoted(text: string, plain: string): string {
  const strict = encodeURIComponent(text).replace(/[!'()*]/g, escaped)
  return strict.replace(/%[0-9A-F]{2}/g, code => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return plain.includes(character) ? character : code
  })
}

/**
 * Read what `quoted` writes.
 *
 * Throws:
 *   ConfigError: a character that must be written as `%XX`, a broken `%`, bytes that are no UTF-8, or a control character.
 *     The message does not repeat *text*: it may be a secret.
 */
export function unquoted(text: string): string {
  const foreign = FOREIGN.exec(text)?.[0]
  if (foreign !== undefined) {
    throw new ConfigError(`${JSON.stringify(foreign)} does not stand in an address as it is: write ${escaped(foreign)}`)
  }
  if (BROKEN.test(text)) {
    throw new ConfigError('a % is followed by two hexadecimal digits, as in %20, and one here is not')
  }
  const said = SURROGATE.test(text) ? null : decoded(text)
  if (said === null) throw new ConfigError('what stands in percent-encoding is no UTF-8')
  if (CONTROL.test(said)) throw new ConfigError('an address holds no control characters')
  return said
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
