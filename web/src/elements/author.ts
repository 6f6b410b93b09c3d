/** How the elements show whose key it is: a short text and a colour, both from the key. */

import { npub, type PublicKey } from '../core/keys.ts'

const HUES = 360

/** Write *key* as people compare it: the beginning and the end of its npub. */
export function shortNpub(key: PublicKey): string {
  const text = npub(key)
  return `${text.slice(0, 9)}…${text.slice(-4)}`
}

/** Give the two letters by which one author is told from the next where colours cannot. */
export function initialsOf(key: PublicKey): string {
  return npub(key).slice(5, 7)
}

/** Give the hue of *key*, in degrees. */
export function hueOf(key: PublicKey): number {
  return Math.floor((Number.parseInt(key.slice(0, 4), 16) * HUES) / 2 ** 16)
}
