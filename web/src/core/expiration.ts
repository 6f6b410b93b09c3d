/** When records expire, as their authors say by a tag `expiration` (NIP-40; docs/protocol.md, "Expiration"). */

import { INTEGER_MAX } from './limits.ts'
import { type Tags, tagValues } from './record.ts'

export const EXPIRATION_TAG = 'expiration'

const NUMBER = /^[0-9]{1,16}$/

/** Give the Unix second from which on readers do not see *record*; null when it never expires. */
export function expiresAt(record: { readonly tags: Tags }): number | null {
  const text = tagValues(record, EXPIRATION_TAG)[0] ?? ''
  return NUMBER.test(text) && Number(text) <= INTEGER_MAX ? Number(text) : null
}
