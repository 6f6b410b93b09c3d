import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { type Grant, grantText, signGrant } from '../../src/core/grant.ts'
import { KIND_DELETION, KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import { makeRoomName, roomTag } from '../../src/core/signal.ts'
import type { Draft } from '../../src/data/desk.ts'
import { ConfigError } from '../../src/errors.ts'
import { makeWriters } from '../../src/policies/writers.ts'
import { readGrants, Wallet } from '../../src/room/wallet.ts'
import { key, START } from '../protocol/pair.ts'

const ROOM = roomTag(makeRoomName('peerset', 'lobby'))
const WRITER = key(2).publicKey
const POLICY = makeWriters({ owners: key(1).publicKey })

function grant(collections = '*', { since = START as number, days = 1, owner = 1, isOnBehalf = false } = {}): Grant {
  const until = (since + days * 86_400) as UnixTime
  return signGrant(key(owner), ROOM, { writer: WRITER, since: since as UnixTime, until, collections, isOnBehalf })
}

function draft(tags: string[][], kind = KIND_RECORD): Draft {
  return { kind, tags, content: '', after: 0 }
}

function carried(grants: readonly Grant[], collection = 'places', isOnBehalf = false): unknown {
  const said = { ...draft([['c', collection]]), isOnBehalf }
  const tags = new Wallet(WRITER, ROOM, grants, [POLICY]).tags(said, START)
  return tags.map(([, text]) => text)
}

function written(by: Grant): Record {
  const tags = [
    ['h', ROOM],
    ['grant', grantText(by)],
  ]
  return signRecord(key(2), { createdAt: START as UnixTime, kind: KIND_RECORD, tags, content: '' })
}

test('a record carries the grant that fits, and of several the one that lasts longest', () => {
  const [short, long, elsewhere] = [grant(), grant('*', { days: 9 }), grant('notes', { days: 99 })]
  expect(carried([short, long, elsewhere])).toEqual([grantText(long)])
  expect(carried([short, elsewhere], 'notes')).toEqual([grantText(elsewhere)])
})

test('one that has run out is carried where there is no other, so that the refusal says why', () => {
  const old = grant('*', { since: START - 9 * 86_400 })
  expect([carried([old]), carried([])]).toEqual([[grantText(old)], []])
  expect(carried([old, grant()])).toEqual([grantText(grant())])
})

test('on behalf of another a record carries two: the grant by which it is written, and that of whom it speaks for', () => {
  const [granted, mine] = [grant(), grant('places', { owner: 4, isOnBehalf: true })]
  const device = grant('*', { isOnBehalf: true })
  expect(carried([granted, mine], 'places', true)).toEqual([granted, mine].map(grantText))
  expect(carried([granted, mine], 'notes', true)).toEqual([grantText(granted)])
  expect(carried([granted, mine])).toEqual([grantText(granted)])
  // An owner's device needs one.
  expect(carried([granted, device], 'places', true)).toEqual([grantText(device)])
  expect(carried([mine], 'places', true)).toEqual([grantText(mine)])
})

test('nothing is carried where policies ask it of others alone, or twice', () => {
  const said = draft([['c', 'places']])
  const elsewhere = makeWriters({ owners: key(1).publicKey, collections: ['notes'] })
  const wallets = [
    new Wallet(key(1).publicKey, ROOM, [grant()], [POLICY]),
    new Wallet(WRITER, ROOM, [grant()], [elsewhere]),
  ]
  expect(wallets.map(wallet => wallet.tags(said, START))).toEqual([[], []])
  const granted = draft([['grant', grantText(grant())]])
  expect(new Wallet(WRITER, ROOM, [grant()], [POLICY]).tags(granted, START)).toEqual([])
})

test('where no policy that asks is known, the grant that was given is carried, for others may have one', () => {
  const said = draft([['c', 'places']])
  const given = [grant('*', { isOnBehalf: true }), grant('notes', { days: 9 }), grant()]
  expect(new Wallet(WRITER, ROOM, given, []).tags(said, START)).toEqual([['grant', grantText(grant())]])
  // To speak for somebody is never done unasked.
  expect(new Wallet(WRITER, ROOM, given.slice(0, 2), []).tags(said, START)).toEqual([])
})

test('a deletion takes the grant of what it deletes, or of our latest record', async () => {
  const store = new MemoryStore()
  const wallet = new Wallet(WRITER, ROOM, [], [POLICY])
  const target = written(grant())
  const byId = draft([['e', target.id]], KIND_DELETION)
  expect(await wallet.granted(byId, store)).toBe(byId)
  await store.add([target])
  for (const deletion of [byId, draft([['a', '30078:']], KIND_DELETION), draft([['e', 'no id']], KIND_DELETION)]) {
    expect((await wallet.granted(deletion, store)).tags).toEqual([...deletion.tags, ['grant', grantText(grant())]])
  }
})

test('a deletion with a grant at hand, or by an owner, needs none of that', async () => {
  const store = new MemoryStore()
  await store.add([written(grant('*', { owner: 3 }))])
  const deletion = draft([], KIND_DELETION)
  const wallets = [
    new Wallet(WRITER, ROOM, [grant()], [POLICY]),
    new Wallet(key(1).publicKey, ROOM, [], [POLICY]),
    // A grant by nobody who owns the room is of no use.
    new Wallet(WRITER, ROOM, [], [POLICY]),
  ]
  for (const wallet of wallets) expect(await wallet.granted(deletion, store)).toBe(deletion)
})

test('so many grants are brought along and no more, of which a megabyte is not read', () => {
  const texts = Array.from({ length: 64 }, (_, number) => grantText(grant(`c${number}`)))
  expect(readGrants(texts, ROOM, WRITER)).toHaveLength(64)
  expect(() => readGrants([...texts, ...texts], ROOM, WRITER)).toThrow('at most 64, not 128')
})

test('grants are read from one text or several', () => {
  const [one, other] = [grant(), grant('notes')]
  expect(readGrants(` ${grantText(one)}\n`, ROOM, WRITER)).toEqual([one])
  expect(readGrants([one, other].map(grantText), ROOM, WRITER)).toEqual([one, other])
  expect(readGrants([], ROOM, WRITER)).toEqual([])
  expect(() => readGrants(grantText(one), ROOM, key(1).publicKey)).toThrow(ConfigError)
})
