/** By which grant a visitor writes; loaded where a room is joined with any. */

import { type Grant, readGrant } from '../../core/grant.ts'
import { isSuccession } from '../../core/heir.ts'
import type { PublicKey } from '../../core/keys.ts'

/** Give the grant among *texts*, with which a room was joined, by which *key* writes for the longest time; null without any. */
export function knownGrantFor(key: PublicKey, texts: readonly string[]): Grant | null {
  const grants = texts.filter(text => !isSuccession(text)).map(text => readGrant(text.trim()))
  return grants.filter(({ writer }) => writer === key).sort((one, other) => other.until - one.until)[0] ?? null
}
