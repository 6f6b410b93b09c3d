/** When records expire, as their authors say by a tag `expiration` (NIP-40; docs/protocol.md, "Expiration"). */

import type { UnixTime } from './clock.ts'
import { INTEGER_MAX } from './limits.ts'
import { type Tags, tagValues } from './record.ts'

export const EXPIRATION_TAG = 'expiration'

const NUMBER = /^[0-9]{1,16}$/

/** Give the Unix second from which on readers do not see *record*; null when it never expires. */
export function expiresAt(record: { readonly tags: Tags }): number | null {
  const text = tagValues(record, EXPIRATION_TAG)[0] ?? ''
  return NUMBER.test(text) && Number(text) <= INTEGER_MAX ? Number(text) : null
}

/** Say whether readers do not see *record* any more. */
export function hasExpired(record: { readonly tags: Tags }, now: UnixTime): boolean {
  return (expiresAt(record) ?? Number.POSITIVE_INFINITY) <= now
}
