/** By which of several grants a visitor writes. */

import { expect, test } from 'vitest'
import type { UnixTime } from '../../../src/core/clock.ts'
import { ALL, grantText, signGrant } from '../../../src/core/grant.ts'
import { signSuccession, successionText } from '../../../src/core/heir.ts'
import { SecretKey } from '../../../src/core/keys.ts'
import type { RoomTag } from '../../../src/core/signal.ts'
import { knownGrantFor } from '../../../src/elements/room/terms.ts'

const [owner, writer, other] = [1, 2, 3].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [
  SecretKey,
  SecretKey,
  SecretKey,
]
const SINCE = 1_790_000_000

function grant(until: number, to = writer): string {
  const terms = { writer: to.publicKey, since: SINCE as UnixTime, until: until as UnixTime }
  return grantText(signGrant(owner, '00'.repeat(16) as RoomTag, { ...terms, collections: ALL, isOnBehalf: false }))
}

test('of the grants for a key the one that lasts longest is told, whatever stands around it', () => {
  const heir = successionText(signSuccession(owner, writer.publicKey, SINCE as UnixTime))
  const texts = [grant(SINCE + 60), heir, ` ${grant(SINCE + 90)}\n`, grant(SINCE + 120, other)]
  expect(knownGrantFor(writer.publicKey, texts)).toMatchObject({ owner: owner.publicKey, until: SINCE + 90 })
})

test('without a grant for the key there is none to tell of', () => {
  expect(knownGrantFor(writer.publicKey, [grant(SINCE + 60, other)])).toBeNull()
})
