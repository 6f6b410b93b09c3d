import { expect, test } from 'vitest'
import { npub } from '../../src/core/keys.ts'
import { HEARTBEAT_QUIET_SECONDS, HELLO_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import { Role } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import { Giving } from '../../src/protocol/giving.ts'
import { Neighbour, npubOf } from '../../src/protocol/neighbour.ts'
import { Refused } from '../../src/protocol/refused.ts'
import { State } from '../../src/protocol/session.ts'
import { seededRng } from '../seeded.ts'
import { at, filled, key, type Member, makeRecord, Net, ROOM_TAG } from './pair.ts'
import { FAR, Host, NEAR, only, Stranger, said } from './stranger.ts'

const PEER = '0000peer' as PeerId
const RULES = { rulesId: '72'.repeat(32), retentionSeconds: 7_776_000 }

function makeNeighbour(): Neighbour {
  const binding = { local: NEAR, remote: FAR }
  const identity = { key: key(1), roomTag: ROOM_TAG, role: Role.MEMBER, ...RULES }
  const opened = { type: 'Opened', peer: PEER, binding, route: 'relayed', address: '192.0.2.7' } as const
  const neighbour = new Neighbour(opened, identity, { rng: seededRng('neighbour') })
  neighbour.session.start(at(0))
  return neighbour
}

test('a peer that said nothing has no key and is nothing to wait for', () => {
  const neighbour = makeNeighbour()
  expect(neighbour.status).toEqual({
    id: PEER,
    key: null,
    state: 'greeted',
    route: 'relayed',
    lagSeconds: null,
    isSynced: false,
    hasOtherRules: false,
    keepsSeconds: null,
    gained: 0,
    given: 0,
    progress: null,
  })
  expect(npubOf(neighbour.status)).toBeNull()
  expect(neighbour.provenKey).toBeNull()
  expect(neighbour.isQuiet).toBe(true)
  expect(neighbour.deadline).toBe(HELLO_TIMEOUT_SECONDS)
})

test('a peer that goes on saying nothing is of another application', () => {
  const neighbour = makeNeighbour()
  const told = neighbour.tick(at(HELLO_TIMEOUT_SECONDS))
  expect(told).toEqual([{ type: 'Emit', event: { type: 'ForeignPeerJoined', peer: PEER } }])
  expect(neighbour.isForeign).toBe(true)
  expect(neighbour.deadline).toBeNull()
})

test('a proven peer is shown with its key and what crossed', () => {
  const host = new Host([makeRecord(1)])
  const stranger = new Stranger(host, 2)
  stranger.establish()
  expect(host.node.isQuiet).toBe(false)
  stranger.settle()
  const status = only(host.node.peers)
  expect(status).toMatchObject({ key: stranger.key.publicKey, state: 'established', route: 'direct', isSynced: true })
  expect(npubOf(status)).toBe(npub(stranger.key.publicKey))
  expect(host.node.isQuiet).toBe(true)
})

test('a proven peer with other rules is shown as one', () => {
  const net = new Net()
  const reject = { type: 'Reject', policy: 'none', reason: 'nothing is wanted here', rule: '', span: null } as const
  const strict = net.add(1, [], { judge: () => reject })
  const others = [2, 3].map(number => net.add(number, [makeRecord(1)])) as [Member, Member]
  net.connect(strict, others[0])
  net.connect(...others)
  expect(only(strict.node.peers)).toMatchObject({ isSynced: false, hasOtherRules: true })
  const shown = others[0].node.peers.map(({ hasOtherRules, isSynced }) => [hasOtherRules, isSynced])
  expect(shown.sort()).toEqual([
    [false, true],
    [true, false],
  ])
})

test('session and sync share one timer', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  stranger.establish()
  stranger.settle()
  expect(host.node.deadline).toBe(host.now.monotonic + HEARTBEAT_QUIET_SECONDS)
  expect(said(host.wait(HEARTBEAT_QUIET_SECONDS), stranger.peer, 'Ping')).toHaveLength(1)
})

test('what is said goodbye to is no longer synced', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  stranger.establish()
  stranger.utter(filled(0x67, 7))
  expect(host.node.isQuiet).toBe(true)
  expect(host.node.peers.map(status => status.state)).toEqual(['closing'])
  expect(host.wait(100).filter(effect => effect.type === 'Send')).toEqual([])
})

test('reconciliation before the hello is a bug', () => {
  const neighbour = makeNeighbour()
  neighbour.session.state = State.ESTABLISHED
  const giving = new Giving(new Index())
  const surroundings = { index: new Index(), roomTag: ROOM_TAG, sift: new Refused('', new Index()).sift, giving }
  const purse = giving.purse(key(1).publicKey, at(0))
  expect(() => neighbour.establish({ ...surroundings, rng: seededRng('sync') }, purse, at(0))).toThrow(
    LocalProtocolError,
  )
})
