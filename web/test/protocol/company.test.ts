import { expect, test } from 'vitest'
import { ANNOUNCE_DELAY_SECONDS, PUSH_DELAY_SECONDS } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Company } from '../../src/protocol/company.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { prefixOf } from '../../src/protocol/recents.ts'
import type { LiveRelay } from '../../src/protocol/relay.ts'
import { at, makeRecord } from './pair.ts'
import { relayOf } from './relays.ts'

const PEER = '0000' as PeerId
const PEERS = [PEER, ...Array.from({ length: 7 }, (_, number) => `00010${number}` as PeerId)]
const PUSH: Request = { type: 'Send', peer: PEER, message: { type: 'Records', round: 0, blobs: [new Uint8Array(9)] } }

/** Notes whether ids went each time; *effects* are what is sent. */
class Told {
  readonly company = new Company(hasIds => {
    this.times.push(hasIds)
    return this.effects
  })
  readonly times: boolean[] = []
  effects: Request[]

  constructor(...effects: Request[]) {
    this.effects = effects
  }

  wait(seconds: number, isOurs = true): Request[] {
    this.company.wait(isOurs)
    return this.go(seconds)
  }

  go(seconds: number): Request[] {
    return this.company.go(at(seconds))
  }
}

test('nothing waits at first', () => {
  const told = new Told(PUSH)
  expect(told.company.deadline).toBeNull()
  expect(told.go(9)).toEqual([])
  expect(told.times).toEqual([])
})

test('records wait less long than ids', () => {
  const told = new Told(PUSH)
  expect(told.wait(1)).toEqual([PUSH])
  expect(told.company.deadline).toBeNull()
  expect(told.wait(1.001)).toEqual([])
  expect(told.company.deadline).toBe(1 + PUSH_DELAY_SECONDS)
  expect(told.go(1 + PUSH_DELAY_SECONDS)).toEqual([PUSH])
  expect(told.company.deadline).toBe(1 + ANNOUNCE_DELAY_SECONDS)
  expect(told.go(1 + ANNOUNCE_DELAY_SECONDS)).toEqual([PUSH])
  expect(told.times).toEqual([true, false, true])
})

test('records wait for nothing where nothing went', () => {
  const told = new Told()
  told.wait(1)
  told.wait(1.001)
  expect(told.times).toEqual([true, false])
})

test('records never wait for longer than ids', () => {
  const told = new Told()
  told.wait(1)
  told.effects = [PUSH]
  told.wait(1.018)
  told.wait(1.019)
  expect(told.company.deadline).toBe(1 + ANNOUNCE_DELAY_SECONDS)
})

test('what others wrote waits as long as ids', () => {
  const told = new Told(PUSH)
  told.wait(1, false)
  told.wait(1.001, false)
  expect(told.company.deadline).toBe(1 + ANNOUNCE_DELAY_SECONDS)
  told.wait(1.002)
  told.wait(1.003, false)
  expect(told.company.deadline).toBe(1 + PUSH_DELAY_SECONDS)
})

function makeRelay(neighbours: readonly PeerId[]): LiveRelay {
  const relay = relayOf('company')
  for (const peer of neighbours) relay.join(peer)
  return relay
}

/** Give what is sent, by peer. */
function told(effects: readonly Request[]): Map<PeerId, unknown> {
  return new Map(effects.flatMap(effect => (effect.type === 'Send' ? [[effect.peer, effect.message]] : [])))
}

test('a relay announces later than it pushes', () => {
  const relay = makeRelay(PEERS)
  const [first, second] = [makeRecord(1), makeRecord(2)]
  const begun = [...told(relay.passOn([[first, null]], at(0)))]
  const branches = begun.filter(([, message]) => (message as { type: string }).type === 'Records').map(([peer]) => peer)
  const pushed = told(relay.passOn([[second, null]], at(PUSH_DELAY_SECONDS)))
  const push = { type: 'Records', round: 0, blobs: [second.wire] }
  expect(pushed).toEqual(new Map(branches.map(peer => [peer, push])))
  expect(relay.deadline).toBe(ANNOUNCE_DELAY_SECONDS)
  const others = PEERS.filter(peer => !branches.includes(peer))
  const announce = { type: 'Announce', prefixes: [prefixOf(second.id)] }
  expect(told(relay.tick(at(ANNOUNCE_DELAY_SECONDS)))).toEqual(new Map(others.map(peer => [peer, announce])))
})

test('nobody whose channel is clogged is pushed anything', () => {
  const relay = makeRelay([PEER])
  const [first, second] = [makeRecord(1), makeRecord(2)]
  relay.passOn([[first, null]], at(0))
  relay.clog(PEER)
  expect(relay.passOn([[second, null]], at(PUSH_DELAY_SECONDS))).toEqual([])
  expect(told(relay.drain(PEER))).toEqual(new Map([[PEER, { type: 'Records', round: 0, blobs: [second.wire] }]]))
})
