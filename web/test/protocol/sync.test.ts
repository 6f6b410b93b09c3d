/** Reconciliation between two whole nodes, and what a lying peer gets for it. */

import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { dayBound } from '../../src/core/bucket.ts'
import { after, DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import {
  CREDIT_WINDOW_BYTES,
  LIVE_RECORD_BYTES_MIN,
  ROOT_INTERVAL_SECONDS,
  ROUND_TIMEOUT_SECONDS,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound, Fingerprint, IdList, Message, Ranges, Root, SyncMessage } from '../../src/core/message.ts'
import type { Record } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { decode, encode } from '../../src/core/wire.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { everything } from '../../src/protocol/horizon.ts'
import type { Sift } from '../../src/protocol/refused.ts'
import { window } from '../../src/protocol/retention.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { type State, Sync, TRANSITIONS } from '../../src/protocol/sync.ts'
import { sizeOf } from '../../src/protocol/transfer.ts'
import { seededRng } from '../seeded.ts'
import { EXAMPLES } from './messages.ts'
import { at, type Member, makeRecord, Net, peerId, ROOM_TAG, START } from './pair.ts'

const PEER = '0000peer' as PeerId
const DIGEST = '64'.repeat(16)
const SHORT = '69'.repeat(5)
const LIMIT = everything(START)
const FIN: SyncMessage = { type: 'Fin', round: 1, count: 0, digest: DIGEST }
function daysOld(number: number, days: number, size = 0): Record {
  return makeRecord(number, { at: START - Math.trunc(days * DAY_SECONDS), size })
}

function makeSync(records: readonly Record[] = [], { isInitiator = true, refused = [] as string[] } = {}): Sync {
  const index = Index.bulk(records.map(record => [record.createdAt, record.id] as const))
  const sift: Sift = (_salt, wanted) => wanted.filter(short => !refused.includes(short))
  return new Sync(PEER, index, ROOM_TAG, { salt: new Uint8Array(16), isInitiator, sift, rng: seededRng('0') })
}

/** Give a root that surely differs from any here. */
function root(round = 1): Root {
  return {
    type: 'Root',
    round,
    firstDay: window(START).firstDay,
    upto: LIMIT,
    count: 1,
    digest: '78'.repeat(16),
  }
}

function strikes(effects: readonly Request[]): Fault[] {
  return effects.flatMap(effect => (effect.type === 'Strike' ? effect.fault : []))
}

function messages(effects: readonly Request[]): Message[] {
  return effects.flatMap(effect => (effect.type === 'Send' ? effect.message : []))
}

function types(effects: readonly Request[]): string[] {
  return messages(effects).map(message => message.type)
}

function sentBetween(net: Net): { readonly message: Message; readonly size: number }[] {
  return [...net.members.values()].flatMap(member => member.sent)
}

function expectEqualSets(net: Net, ...members: Member[]): void {
  expect(new Set(members.map(member => [...member.disk.keys()].sort().join())).size).toBe(1)
  expect(new Set(members.map(member => member.node.root(net.now))).size).toBe(1)
}

test('two peers with overlapping sets end equal', () => {
  const net = new Net()
  const records = Array.from({ length: 150 }, (_, number) => daysOld(number, number * 0.4))
  const [one, two] = [net.add(1, records.slice(0, 100)), net.add(2, records.slice(50))]
  net.connect(one, two)
  expectEqualSets(net, one, two)
  expect(one.disk.size).toBe(150)
  net.passTime(1)
  expect([one.node.isQuiet, two.node.isQuiet]).toEqual([true, true])
  expect(one.node.peers).toMatchObject([{ gained: 50, given: 50 }])
})

test('any two sets end equal', () => {
  const rng = seededRng('sets')
  const records = Array.from({ length: 60 }, (_, number) =>
    makeRecord(number, { at: START - (rng.uint32() % 7_603_200) }),
  )
  for (let round = 0; round < 20; round += 1) {
    const net = new Net()
    const share = () => rng.sample(records, rng.uint32() % records.length)
    const [one, two] = [net.add(1, share()), net.add(2, share())]
    net.connect(one, two)
    net.passTime(2)
    expectEqualSets(net, one, two)
    expect([one.node.isQuiet, two.node.isQuiet]).toEqual([true, true])
  }
})

test('equal sets cost at most 128 bytes', () => {
  const net = new Net()
  const records = Array.from({ length: 100 }, (_, number) => daysOld(number, number % 80))
  net.connect(net.add(1, records), net.add(2, records))
  const sent = sentBetween(net)
  expect(sent.map(({ message }) => message.type).sort()).toEqual(['Fin', 'Hello', 'Hello', 'Proof', 'Proof', 'Root'])
  const compared = sent.filter(({ message }) => message.type === 'Root' || message.type === 'Fin')
  expect(compared.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(128)
})

test('a newcomer gets everything and nothing twice', () => {
  const net = new Net()
  const records = Array.from({ length: 200 }, (_, number) => daysOld(number, number * 0.25))
  const [one, two] = [net.add(1, records), net.add(2)]
  net.connect(one, two)
  expectEqualSets(net, one, two)
  const blobs = sentBetween(net).flatMap(({ message }) => (message.type === 'Records' ? message.blobs : []))
  expect(blobs.length).toBe(200)
  expect(two.events.filter(event => event.type === 'RecordAdded').length).toBe(200)
})

test("bulk never outruns the receiver's credit", () => {
  const net = new Net()
  const [one, two] = [
    net.add(
      1,
      Array.from({ length: 60 }, (_, number) => daysOld(number, 1, 20_000)),
    ),
    net.add(2),
  ]
  let [sent, credited, most] = [0, 0, 0]
  net.tamper = (source, _target, data) => {
    const message = decode(data)
    if (message.type === 'Records' && source === one.name) sent += sizeOf(message.blobs)
    if (message.type === 'Credit') credited = message.totalBytes
    most = Math.max(most, sent - credited)
    return data
  }
  net.connect(one, two)
  expectEqualSets(net, one, two)
  expect(most).toBeGreaterThan(CREDIT_WINDOW_BYTES / 2)
  expect(most).toBeLessThanOrEqual(CREDIT_WINDOW_BYTES + 65_536)
})

test('three peers in a chain end equal', () => {
  const net = new Net()
  const records = Array.from({ length: 60 }, (_, number) => daysOld(number, 1 + number * 0.1))
  const [one, two, three] = [
    net.add(1, records.slice(0, 20)),
    net.add(2, records.slice(20, 40)),
    net.add(3, records.slice(40)),
  ]
  net.connect(one, two)
  net.connect(two, three)
  net.passTime(2 * ROOT_INTERVAL_SECONDS)
  expectEqualSets(net, one, two, three)
  expect([one, two, three].map(member => member.node.isQuiet)).toEqual([true, true, true])
})

test('settling is told to subscribers', () => {
  const net = new Net()
  const [one, two] = [net.add(1, [daysOld(1, 1)]), net.add(2)]
  net.connect(one, two)
  net.passTime(1)
  expect(two.events).toContainEqual({ type: 'PeerSynced', peer: peerId(1), gained: 1, given: 0 })
})

const STATES = ['idle', 'comparing', 'fetching', 'settled'] as const
const KINDS = ['Root', 'Days', 'Ranges', 'Want', 'Credit', 'Fin'] as const
const WALKS = STATES.flatMap(state =>
  KINDS.flatMap(kind => [true, false].map(isInitiator => [state, kind, isInitiator])),
)

test.each(WALKS as [State, SyncMessage['type'], boolean][])(
  'every state takes every message as the table says: %s, %s, initiator: %s',
  (state, kind, isInitiator) => {
    const sync = makeSync([daysOld(1, 1)], { isInitiator })
    if (isInitiator) sync.start(at(0))
    else sync.receive(root(), at(0))
    sync.state = state
    const found = strikes(sync.receive(EXAMPLES[kind], at(1)))
    const isFault = !(kind in TRANSITIONS[state]) || (kind === 'Root' && isInitiator)
    expect(found.includes(Fault.WRONG_STATE)).toBe(isFault)
  },
)

test('only the initiator opens rounds', () => {
  const sync = makeSync()
  sync.start(at(0))
  expect(strikes(sync.receive(root(5), at(1)))).toEqual([Fault.WRONG_STATE])
})

test('an invitation makes the initiator open a round soon', () => {
  const sync = makeSync()
  sync.start(at(0))
  sync.receive(FIN, at(0))
  sync.receive(root(0), at(1))
  expect(sync.deadline).toBe(1)
  expect(types(sync.tick(at(1)))).toEqual(['Root'])
})

test('an invitation to a window without end is a fault', () => {
  const sync = makeSync()
  sync.start(at(0))
  const endless: Root = { ...root(0), firstDay: 0, upto: (2 ** 32 - 1) as UnixTime }
  expect(strikes(sync.receive(endless, at(1)))).toEqual([Fault.LYING])
})

test('the other side invites when its set grew silently', () => {
  const sync = makeSync([], { isInitiator: false })
  sync.poke(at(20))
  expect(messages(sync.tick(at(20)))).toMatchObject([{ type: 'Root', round: 0 }])
  expect(sync.deadline).toBe(null)
})

test('a round that does not move is given up and nobody blamed', () => {
  const sync = makeSync()
  sync.start(at(0))
  expect(sync.tick(at(ROUND_TIMEOUT_SECONDS - 1))).toEqual([])
  expect(sync.tick(at(ROUND_TIMEOUT_SECONDS))).toEqual([])
  expect(sync.state).toBe('idle')
  expect(sync.receive(FIN, at(31))).toEqual([])
})

test('fruitless rounds back off', () => {
  const sync = makeSync()
  sync.start(at(0))
  const waits: number[] = []
  let now = 0
  for (let round = 0; round < 8; round += 1) {
    now += ROUND_TIMEOUT_SECONDS
    sync.tick(at(now))
    const due: number = sync.deadline ?? Number.NaN
    waits.push(due - now)
    now = due
    sync.tick(at(now))
  }
  expect(waits).toEqual([20, 40, 80, 160, 320, 600, 600, 600])
})

test.each<SyncMessage>([
  { ...root(), upto: START },
  { ...FIN, round: 9 },
  { type: 'Credit', round: 1, totalBytes: 5 },
  { type: 'Want', round: 1, shortIds: [SHORT] },
  { type: 'Days', round: 1, firstDay: 20_000, upto: START, cellDays: 8, cells: [] },
  { type: 'Ranges', round: 1, items: [{ type: 'Skip', upper: [LIMIT + 1, ''] }], more: false },
  { type: 'Ranges', round: 1, items: [{ type: 'Skip', upper: [5, ''] }], more: false },
])('a lie about the round is a fault and ends it ($type)', lie => {
  const sync = makeSync([daysOld(1, 1)], { isInitiator: false })
  sync.receive(root(), at(0))
  expect(strikes(sync.receive(lie, at(1)))).toEqual([Fault.LYING])
  expect(sync.state).toBe('idle')
})

test('a window without end is a fault', () => {
  const sync = makeSync([], { isInitiator: false })
  expect(strikes(sync.receive({ ...root(), firstDay: 30_000, upto: START }, at(0)))).toEqual([Fault.LYING])
})

test('a window that reaches past our own is narrowed', () => {
  const sync = makeSync([], { isInitiator: false })
  const firstDay = window(START).firstDay - 1
  const wide: Root = { ...root(), firstDay, upto: after(LIMIT, 3 * DAY_SECONDS) }
  expect(messages(sync.receive(wide, at(0)))).toMatchObject([{ type: 'Days', firstDay, upto: LIMIT }])
})

test('days that do not fit what was asked are a fault', () => {
  const sync = makeSync([daysOld(1, 1)])
  sync.start(at(0))
  const days: SyncMessage = { type: 'Days', round: 1, firstDay: 0, upto: LIMIT, cellDays: 8, cells: [] }
  expect(strikes(sync.receive(days, at(0)))).toEqual([Fault.LYING])
})

test('rounds in a row are a flood', () => {
  const sync = makeSync([], { isInitiator: false })
  const found = Array.from({ length: 39 }, (_, number) => strikes(sync.receive(root(number + 1), at(0)))).flat()
  expect(new Set(found)).toEqual(new Set([Fault.FLOOD]))
})

test('more records than credit are a flood', () => {
  const sync = makeSync([], { isInitiator: false })
  sync.receive(root(), at(0))
  const records = { type: 'Records', round: 1, blobs: [new Uint8Array(50_000)] } as const
  const found = Array.from({ length: 20 }, () => strikes(sync.received(records, at(0)))).flat()
  expect(found).toEqual([Fault.FLOOD])
})

test('a root waits until what came before is saved, and the newest one is answered', () => {
  const sync = makeSync([], { isInitiator: false })
  sync.received({ type: 'Records', round: 0, blobs: [new Uint8Array(100)] }, at(0))
  expect(sync.receive(root(1), at(0))).toEqual([])
  expect(sync.receive(root(2), at(1))).toEqual([])
  expect(messages(sync.dealt(0, LIVE_RECORD_BYTES_MIN, 1, at(2)))).toMatchObject([{ type: 'Days', round: 2 }])
})

/** Say *item* of the eight days that hold the records of yesterday. */
function saying(item: Fingerprint | IdList, more = false): Ranges {
  const { firstDay } = window(START)
  const cell = firstDay + 8 * Math.floor((Math.floor(START / DAY_SECONDS) - 1 - firstDay) / 8)
  const upper: Bound = [Math.min((cell + 8) * DAY_SECONDS, LIMIT), '']
  return {
    type: 'Ranges',
    round: 1,
    items: [
      { type: 'Skip', upper: dayBound(cell) },
      { ...item, upper },
    ],
    more,
  }
}

function listing(...shortIds: string[]): Ranges {
  return saying({ type: 'IdList', upper: [0, ''], shortIds })
}

const UNEQUAL: Fingerprint = { type: 'Fingerprint', upper: [0, ''], fingerprint: '69'.repeat(8) }

test('wants that bring nothing blame nobody', () => {
  const sync = makeSync([daysOld(1, 1)], { isInitiator: false })
  sync.receive(root(), at(0))
  expect(types(sync.receive(listing(SHORT), at(0)))).toEqual(['Want'])
  sync.loaded(1, [], at(0))
  expect(strikes(sync.receive(FIN, at(1)))).toEqual([])
  expect(sync.state).toBe('idle')
})

test('the same record is not given twice for one list', () => {
  const sync = makeSync([daysOld(1, 1)], { isInitiator: false })
  sync.receive(root(), at(0))
  const [answer] = messages(sync.receive(saying(UNEQUAL), at(0)))
  const [, item] = answer?.type === 'Ranges' ? answer.items : []
  const [short] = item?.type === 'IdList' ? item.shortIds : []
  expect(short).toBeDefined()
  const shortIds = [short ?? '', short ?? '']
  expect(strikes(sync.receive({ type: 'Want', round: 1, shortIds }, at(0)))).toEqual([Fault.LYING])
})

test('records refused before are not wanted again', () => {
  const sync = makeSync([daysOld(1, 1)], { isInitiator: false, refused: [SHORT] })
  sync.receive(root(), at(0))
  expect(types(sync.receive(listing(SHORT), at(0)))).toEqual([])
  expect(types(sync.loaded(1, [], at(0)))).toEqual(['Fin'])
})

test('a load of an older round is ignored', () => {
  const sync = makeSync([daysOld(1, 1)], { isInitiator: false })
  sync.receive(root(), at(0))
  expect(sync.receive(listing(), at(0)).some(effect => effect.type === 'Load')).toBe(true)
  sync.receive(root(2), at(1))
  expect(sync.loaded(1, [new Uint8Array(4)], at(2))).toEqual([])
})

test('an answer of the same range again is a lie', () => {
  const sync = makeSync([daysOld(1, 1)], { isInitiator: false })
  sync.receive(root(), at(0))
  expect(strikes(sync.receive(saying(UNEQUAL), at(1)))).toEqual([])
  expect(strikes(sync.receive(saying(UNEQUAL), at(1)))).toEqual([Fault.LYING])
  expect(sync.state).toBe('idle')
})

test('an answer to the first part goes on with the last', () => {
  const sync = makeSync([daysOld(1, 1), daysOld(2, 2)], { isInitiator: false })
  sync.receive(root(), at(0))
  const first = messages(sync.receive(saying(UNEQUAL, true), at(1)))
  expect(first).toMatchObject([{ type: 'Ranges', more: true }])
  const last = messages(sync.receive({ type: 'Ranges', round: 1, items: [], more: false }, at(1)))
  expect(last).toEqual([{ type: 'Ranges', round: 1, items: [], more: false }])
  expect(sync.state).toBe('comparing')
})

test('a liar with random fingerprints costs a bounded price', () => {
  const net = new Net()
  const records = (first: number) => Array.from({ length: 150 }, (_, number) => daysOld(first + number, number * 0.4))
  const [honest, liar] = [net.add(1, records(0)), net.add(2, records(9_000))]
  const rng = seededRng('lies')
  net.tamper = (source, _target, data) => {
    const message = decode(data)
    if (source !== liar.name || message.type !== 'Days') return data
    const cells = message.cells.map(([count]) => [count, count > 0 ? bytesToHex(rng.randomBytes(8)) : ''] as const)
    return encode({ ...message, cells })
  }
  net.connect(honest, liar)
  const compared = honest.sent.filter(({ message }) => ['Days', 'Ranges', 'Want'].includes(message.type))
  expect(compared.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(65_536 + 16 * 300)
})
