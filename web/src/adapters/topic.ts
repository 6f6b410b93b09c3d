/** How trystero names rooms, and peers in them, towards whoever brings peers together. */

import { sha1 } from '@noble/hashes/legacy.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { PeerId, RoomName } from '../core/signal.ts'

/** Name the room *name*, or what is for *peer* alone in it: sha1("Trystero@" app "@" room ["@" peer]). */
export function topicOf({ app, room }: RoomName, peer?: PeerId): string {
  return digitsOf(['Trystero', app, room, ...(peer === undefined ? [] : [peer])].join('@'))
}

/** Give the SHA-1 of *text*, each byte by itself in base 36. */
export function digitsOf(text: string): string {
  return [...sha1(utf8ToBytes(text))].map(byte => byte.toString(36)).join('')
}
