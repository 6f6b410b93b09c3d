/** Fetching: the content of shells is asked of one neighbour after the other, and given a little at a time. */
import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import type { Moment, Monotonic, UnixTime } from '../../src/core/clock.ts'
import {
  ANNOUNCE_IDS_MAX,
  FETCH_LOAD_RECORDS,
  FETCH_TRIES_MAX,
  FETCHES_MAX,
  FETCHES_PER_PEER_MAX,
  PULL_PATIENCE_SECONDS,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { Fetching } from '../../src/protocol/fetching.ts'
import { Wanting } from '../../src/protocol/wanting.ts'

const [ONE, TWO] = ['one' as PeerId, 'two' as PeerId]
const AT = 1_790_000_000

const at = (seconds: number): Moment => ({ monotonic: seconds as Monotonic, unix: (AT + seconds) as UnixTime })
const ids = (count: number, start = 0): RecordId[] =>
  Array.from({ length: count }, (_, at) => (start + at).toString(16).padStart(16, '0').padEnd(64, '0') as RecordId)
const prefixes = (some: readonly RecordId[]) => some.map(id => id.slice(0, 16))

function fetching(peers: readonly PeerId[], members: readonly RecordId[] = []): Fetching {
  const index = new Index()
  for (const id of members) index.add(AT, id)
  const machine = new Fetching(index)
  for (const peer of peers) machine.join(peer)
  return machine
}

function ask(machine: Fetching, entries: readonly Entry[], now: Moment): Request[] {
  return machine.want({ type: 'Wanted', entries, Machine: Wanting }, now)
}

function asking({ wanting }: Fetching): Wanting {
  if (wanting === null) throw new Error('nothing was asked for yet')
  return wanting
}

/** Whom *effects* ask, of which second, for how much. */
function questions(effects: readonly Request[]): [PeerId, number, number][] {
  return effects.flatMap(effect =>
    effect.type === 'Send' && effect.message.type === 'Fetch'
      ? [[effect.peer, effect.message.createdAt, effect.message.prefixes.length]]
      : [],
  )
}

function failed(effects: readonly Request[]): number {
  return effects.reduce(
    (sum, effect) =>
      sum + (effect.type === 'Emit' && effect.event.type === 'FetchFailed' ? effect.event.ids.length : 0),
    0,
  )
}

test('what is asked for goes to one neighbour by its second, once', () => {
  const machine = fetching([ONE, TWO])
  const entries: Entry[] = [
    ...ids(ANNOUNCE_IDS_MAX + 1).map(id => [AT, id] as Entry),
    [AT + 1, ids(1, 1_000)[0] as RecordId],
  ]
  const asked = ask(machine, entries, at(0))
  expect(questions(asked)).toEqual([
    [ONE, AT, ANNOUNCE_IDS_MAX],
    [ONE, AT, 1],
    [ONE, AT + 1, 1],
  ])
  expect(ask(machine, entries, at(1))).toEqual([])
})

test('who lacks it is followed by the next, and at last it failed', () => {
  const machine = fetching([ONE, TWO])
  const [id] = ids(1) as [RecordId]
  ask(machine, [[AT, id]], at(0))
  expect(asking(machine).lacked(TWO, prefixes([id]), at(1))).toEqual([])
  expect(questions(asking(machine).lacked(ONE, prefixes([id]), at(1)))).toEqual([[TWO, AT, 1]])
  expect(asking(machine).wants(id)).toBe(true)
  const effects = asking(machine).lacked(TWO, prefixes([id]), at(2))
  expect([questions(effects), failed(effects), asking(machine).wants(id)]).toEqual([[], 1, false])
})

test('who says nothing, or left, is followed by the next', () => {
  const machine = fetching([ONE, TWO])
  ask(
    machine,
    ids(3).map(id => [AT, id]),
    at(0),
  )
  expect(asking(machine).deadline).toBe(PULL_PATIENCE_SECONDS)
  expect(asking(machine).tick(at(PULL_PATIENCE_SECONDS - 1))).toEqual([])
  expect(questions(asking(machine).tick(at(PULL_PATIENCE_SECONDS)))).toEqual([[TWO, AT, 3]])
  machine.leave(TWO)
  expect(failed(asking(machine).tick(at(2 * PULL_PATIENCE_SECONDS)))).toBe(3)
  expect(asking(machine).deadline).toBeNull()
  machine.leave(ONE)
  expect(failed(ask(machine, [[AT, ids(1)[0] as RecordId]], at(30)))).toBe(1)
})

test('what came is asked for no more', () => {
  const machine = fetching([ONE])
  const [id] = ids(1) as [RecordId]
  ask(machine, [[AT, id]], at(0))
  asking(machine).end(id)
  expect([asking(machine).wants(id), asking(machine).tick(at(60))]).toEqual([false, []])
})

test('no more than so many are asked, and no more than so many asked for', () => {
  const machine = fetching(Array.from({ length: FETCH_TRIES_MAX + 5 }, (_, number) => `peer ${number}` as PeerId))
  const [id] = ids(1) as [RecordId]
  let effects = ask(machine, [[AT, id]], at(0))
  let asked = 0
  for (let [question] = questions(effects); question !== undefined; [question] = questions(effects)) {
    asked += 1
    effects = asking(machine).lacked(question[0], prefixes([id]), at(asked))
  }
  expect([asked, failed(effects)]).toEqual([FETCH_TRIES_MAX, 1])
  const many = ids(FETCHES_MAX + 3).map(each => [AT, each] as const)
  expect(failed(ask(machine, many, at(99)))).toBe(3)
})

test('a neighbour is given a little at a time, and told what is lacking', () => {
  const members = ids(FETCH_LOAD_RECORDS + 2)
  const machine = fetching([ONE], members)
  const strange = ids(1, 5_000)
  expect(
    machine.asked(ONE, { type: 'Fetch', createdAt: AT, prefixes: prefixes([...members, ...strange]) }, at(0)),
  ).toEqual([
    { type: 'Send', peer: ONE, message: { type: 'Lacking', round: 0, shortIds: prefixes(strange) } },
    { type: 'Load', peer: ONE, round: 0, ids: members.slice(0, FETCH_LOAD_RECORDS) },
  ])
  const content = new Uint8Array([1])
  const blobs = [new Uint8Array(), ...Array.from({ length: FETCH_LOAD_RECORDS - 1 }, () => content)]
  const [found, effects] = machine.loaded(ONE, blobs)
  expect(found).toEqual(blobs.slice(1))
  expect(effects).toEqual([
    { type: 'Send', peer: ONE, message: { type: 'Lacking', round: 0, shortIds: prefixes(members.slice(0, 1)) } },
    { type: 'Load', peer: ONE, round: 0, ids: members.slice(FETCH_LOAD_RECORDS) },
  ])
  const lacking = { type: 'Lacking', round: 0, shortIds: prefixes(members.slice(-2)) }
  expect(machine.loaded(ONE, [])).toEqual([[], [{ type: 'Send', peer: ONE, message: lacking }]])
  expect(machine.loaded(TWO, [content])).toEqual([[], []])
})

test('a neighbour that asks for too much is told that it is lacking', () => {
  const members = ids(FETCHES_PER_PEER_MAX + FETCH_LOAD_RECORDS + 1)
  const machine = fetching([ONE], members)
  let lacking = 0
  for (let start = 0; start < members.length; start += ANNOUNCE_IDS_MAX) {
    const some = prefixes(members.slice(start, start + ANNOUNCE_IDS_MAX))
    for (const effect of machine.asked(ONE, { type: 'Fetch', createdAt: AT, prefixes: some }, at(0))) {
      if (effect.type === 'Send' && effect.message.type === 'Lacking') lacking += effect.message.shortIds.length
    }
  }
  expect(lacking).toBe(1)
})
