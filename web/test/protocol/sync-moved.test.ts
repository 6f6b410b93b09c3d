/** What arrives while two sets are compared, or just after, and how long that may take. */

import { expect, test } from 'vitest'
import { ROOT_INTERVAL_SECONDS, ROOT_QUIET_SECONDS, ROUND_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Root } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { everything } from '../../src/protocol/horizon.ts'
import { window } from '../../src/protocol/retention.ts'
import { Sync } from '../../src/protocol/sync.ts'
import { seededRng } from '../seeded.ts'
import { at, makeRecord, Net, ROOM_TAG, START } from './pair.ts'

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

test('a round is not given up while what it brought is still judged here', () => {
  const sync = makeSync({ isInitiator: true })
  sync.start(at(0))
  expect(sync.received({ type: 'Records', round: 1, blobs: [new Uint8Array(100)] }, at(1))).toEqual([])
  for (const seconds of [11, 21, 31, 41, 399]) {
    expect(sent(sync.tick(at(seconds)))).toEqual([{ type: 'Credit', round: 1, totalBytes: 0 }])
    expect(sync.state).not.toBe('idle')
  }
  expect(sync.tick(at(400))).toEqual([])
  sync.dealt(1, 100, 1, at(400))
  expect(sync.tick(at(399 + ROUND_TIMEOUT_SECONDS))).toEqual([])
  expect(sync.tick(at(400 + ROUND_TIMEOUT_SECONDS))).toEqual([])
  expect(sync.state).toBe('idle')
})

test('a round that waits for what came before is said to go on until it is answered', () => {
  const sync = makeSync({ isInitiator: false })
  sync.receive(root(1), at(0))
  sync.received({ type: 'Records', round: 1, blobs: [new Uint8Array(100)] }, at(1))
  expect(sync.receive(root(2), at(2))).toEqual([])
  for (const seconds of [12, 22, 32, 399]) {
    expect(sent(sync.tick(at(seconds)))).toEqual([{ type: 'Credit', round: 2, totalBytes: 0 }])
  }
  expect(sent(sync.dealt(1, 100, 1, at(400)))).toMatchObject([{ type: 'Days', round: 2 }])
  expect(sync.deadline).toBe(400 + ROUND_TIMEOUT_SECONDS)
})

test('word that a round goes on keeps its opener from giving it up', () => {
  const sync = makeSync({ isInitiator: true })
  sync.start(at(0))
  for (const seconds of [10, 20, 30, 40]) {
    expect(sync.receive({ type: 'Credit', round: 1, totalBytes: 0 }, at(seconds))).toEqual([])
    expect(sync.tick(at(seconds))).toEqual([])
    expect(sync.state).toBe('comparing')
  }
})

test('settled peers compare again when something is new and else seldom', () => {
  const net = new Net()
  const [one, two] = [net.add(1), net.add(2)]
  net.connect(one, two)
  const roots = () => [one, two].flatMap(({ sent }) => sent).filter(({ message }) => message.type === 'Root').length
  const before = roots()
  net.passTime(ROOT_QUIET_SECONDS / 2)
  expect(roots()).toBe(before)
  net.publish(one, makeRecord(1, { at: net.now.unix }))
  net.passTime(6 * ROOT_INTERVAL_SECONDS)
  expect(roots()).toBe(before + 1)
  net.passTime(10 * ROOT_QUIET_SECONDS)
  expect(roots() - before).toBeGreaterThanOrEqual(9)
  expect(roots() - before).toBeLessThanOrEqual(13)
})
