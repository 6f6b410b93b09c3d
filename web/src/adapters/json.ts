/** JSON as others sent it: whatever it is, reading it is no error. */

/** What an object holds, as long as nobody has looked. */
export interface Unread {
  readonly [name: string]: unknown
}

/** Read an object; an empty one when *text* is none. */
export function objectIn(text: string): Unread {
  return Object(valueIn(text))
}

/** Read a list; an empty one when *text* is none. */
export function listIn(text: string): readonly unknown[] {
  const value = valueIn(text)
  return Array.isArray(value) ? value : []
}

function valueIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
