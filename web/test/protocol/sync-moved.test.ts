/** What arrives while two sets are compared, or just after. */

import { expect, test } from 'vitest'
import { ROUND_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Root } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { everything } from '../../src/protocol/horizon.ts'
import { window } from '../../src/protocol/retention.ts'
import { Sync } from '../../src/protocol/sync.ts'
import { seededRng } from '../seeded.ts'
import { at, ROOM_TAG, START } from './pair.ts'

function makeSync({ isInitiator }: { isInitiator: boolean }): Sync {
  const ways = { salt: new Uint8Array(16), isInitiator, rng: seededRng('0') }
  return new Sync('0000peer' as PeerId, Index.bulk([]), ROOM_TAG, { ...ways, sift: (_, wanted) => wanted })
}

/** Give a root that surely differs from ours. */
function root(round: number): Root {
  const { firstDay } = window(START)
  return { type: 'Root', round, firstDay, upto: everything(START), count: 1, digest: '78'.repeat(16) }
}

function sent(effects: readonly Request[]) {
  return effects.flatMap(effect => (effect.type === 'Send' ? effect.message : []))
}

test('after an unequal round an invitation is followed within a second', () => {
  const sync = makeSync({ isInitiator: true })
  sync.start(at(0))
  sync.tick(at(ROUND_TIMEOUT_SECONDS))
  sync.receive(root(0), at(31))
  expect(sync.deadline).toBe(31)
  expect(sent(sync.tick(at(31)))).toMatchObject([{ type: 'Root', round: 2 }])
})

test('after an unequal round the other side invites once its set changed', () => {
  const sync = makeSync({ isInitiator: false })
  sync.receive(root(1), at(10))
  sync.tick(at(10 + ROUND_TIMEOUT_SECONDS))
  expect(sync.deadline).toBe(null)
  sync.moved(at(50))
  expect(sent(sync.tick(at(50)))).toMatchObject([{ type: 'Root', round: 0 }])
})
