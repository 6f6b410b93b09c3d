import { expect, test } from 'vitest'
import { ANNOUNCE_IDS_MAX, ANNOUNCEMENTS_MAX, FRAME_BYTES_MAX, PULLS_PER_PEER_MAX } from '../../src/core/limits.ts'
import type { Message } from '../../src/core/message.ts'
import type { Record, RecordId } from '../../src/core/record.ts'
import { costOf, Inlet, QUARTER } from '../../src/protocol/inlet.ts'
import { cutBlobs, Outlet } from '../../src/protocol/outlet.ts'
import { prefixOf, type Recent, Recents } from '../../src/protocol/recents.ts'
import { at, filled, makeRecord, peerId } from './pair.ts'

const PEER = peerId(1)

/** Give *count* records of a size under ids of their own: nothing is signed anew here. */
function many(count: number, size = 0): Record[] {
  const record = makeRecord(1, { size })
  return Array.from({ length: count }, (_, number) => {
    return { ...record, id: (number + 1).toString(16).padStart(16, '0').padEnd(64, '0') as RecordId }
  })
}

function makeOutlet(records: readonly Record[]): { outlet: Outlet; recents: Recents } {
  const recents = new Recents()
  for (const record of records) recents.add(record)
  return { outlet: new Outlet(PEER, recents), recents }
}

function giveAll(outlet: Outlet, records: readonly Record[], isOurs = false): void {
  for (const record of records) outlet.give(recent(record, isOurs))
}

function recent(record: Record, isOurs = false): Recent {
  const { id, author, wire } = record
  return { prefix: prefixOf(id), author, wire, holders: new Set(), told: new Set(), isOurs }
}

function live(records: readonly Pick<Record, 'wire'>[]): Message {
  return { type: 'Records', round: 0, blobs: records.map(({ wire }) => wire) }
}

test('records are given as far as credit goes and the rest when more comes', () => {
  const records = many(60)
  const { outlet } = makeOutlet(records)
  giveAll(outlet, records)
  expect(outlet.nextMessages()).toEqual([live(records.slice(0, 48))])
  expect(outlet.nextMessages()).toEqual([])
  expect(outlet.credit(QUARTER)).toBe(true)
  expect(outlet.nextMessages()).toEqual([live(records.slice(48))])
})

test('what waits counts before anything is pushed', () => {
  const records = many(5, 60_000)
  const { outlet } = makeOutlet(records)
  const fits = records.map(record => {
    const hasCredit = outlet.hasCredit(recent(record))
    outlet.give(recent(record))
    return hasCredit
  })
  expect(fits).toEqual([true, true, true, false, false])
})

test('our own go first and have a part of the credit for them', () => {
  const others = many(60)
  const { outlet, recents } = makeOutlet(others)
  giveAll(outlet, others)
  const ours = Array.from({ length: 17 }, (_, number) => recents.add(makeRecord(number, { author: 9 })))
  for (const each of ours) each.isOurs = true
  const [first, ...rest] = ours
  if (first === undefined) throw new Error('there is none')
  expect(outlet.hasCredit(first)).toBe(true)
  outlet.give(first)
  expect(others.some(record => outlet.hasCredit(recent(record)))).toBe(false)
  expect(outlet.nextMessages()).toEqual([live([first, ...others.slice(0, 47)])])
  expect(rest.map(each => outlet.hasCredit(each) && outlet.give(each))).toEqual(rest.map(() => true))
  expect(outlet.nextMessages()).toEqual([live(rest)])
  expect(outlet.hasCredit(first)).toBe(false)
})

test('what is passed on goes its authors in turn', () => {
  const flood = many(40)
  const late = makeRecord(1, { author: 9 })
  const { outlet } = makeOutlet([...flood, late])
  giveAll(outlet, [...flood, late])
  expect(outlet.nextMessages()).toEqual([live([...flood.slice(0, 1), late, ...flood.slice(1)])])
})

test('the other end grants exactly what is sent', () => {
  const records = many(100, 9_000)
  const [{ outlet }, inlet] = [makeOutlet(records), new Inlet()]
  giveAll(outlet, records, true)
  let [got, seconds] = [0, 0]
  while (got < records.length) {
    const blobs = outlet.nextMessages().flatMap(message => (message.type === 'Records' ? message.blobs : []))
    expect(inlet.takeRecords(blobs)).toBe(true)
    got += blobs.length
    let total = inlet.dealt(
      blobs.reduce((sum, blob) => sum + costOf(0, blob), 0),
      0,
      at(seconds),
    )
    // After a burst it comes as time goes on.
    for (let due = inlet.deadline; total === null && due !== null; due = inlet.deadline) {
      seconds = due - at(0).monotonic
      total = inlet.tick(at(seconds))
    }
    if (total !== null) expect(outlet.credit(total)).toBe(true)
  }
})

test('credit never falls and never exceeds what was sent', () => {
  const records = many(1, 60_000)
  const { outlet } = makeOutlet(records)
  giveAll(outlet, records)
  outlet.nextMessages()
  const size = records.reduce((sum, { wire }) => sum + wire.length, 0)
  expect([outlet.credit(size + 1), outlet.credit(size), outlet.credit(size - 1)]).toEqual([false, true, false])
})

test('announcements are cut into full messages', () => {
  const records = many(100)
  const { outlet } = makeOutlet(records)
  for (const { id } of records) outlet.announce(prefixOf(id))
  const sizes = outlet.nextMessages().map(message => (message.type === 'Announce' ? message.prefixes.length : 0))
  expect(sizes).toEqual([ANNOUNCE_IDS_MAX, 100 - ANNOUNCE_IDS_MAX])
})

test('so many announcements wait and what comes then is left to sync', () => {
  const { outlet } = makeOutlet([])
  for (let number = 0; number < ANNOUNCEMENTS_MAX; number += 1) outlet.announce('00'.repeat(8))
  expect(outlet.isBehind).toBe(false)
  outlet.announce('00'.repeat(8))
  expect(outlet.isBehind).toBe(true)
})

test('so many records wait to be given and what comes then is left to sync', () => {
  const { outlet } = makeOutlet([])
  const record = makeRecord(1)
  for (let number = 0; number < PULLS_PER_PEER_MAX; number += 1) outlet.give(recent(record))
  expect(outlet.isBehind).toBe(false)
  expect(outlet.give(recent(record))).toBe(false)
  expect(outlet.isBehind).toBe(true)
})

test('what is gone by then is left to sync and what was purged to nobody', () => {
  const [gone, purged, held] = [makeRecord(1), makeRecord(2), makeRecord(3)]
  const { outlet, recents } = makeOutlet([purged, held])
  giveAll(outlet, [purged])
  recents.purge([purged.id])
  recents.add(held).holders.add(PEER)
  for (const { id } of [purged, held]) outlet.announce(prefixOf(id))
  expect([outlet.nextMessages(), outlet.isBehind]).toEqual([[], false])
  outlet.announce(prefixOf(gone.id))
  expect([outlet.nextMessages(), outlet.isBehind]).toEqual([[], true])
  outlet.isBehind = false
  giveAll(outlet, [gone])
  expect([outlet.nextMessages(), outlet.isBehind]).toEqual([[], true])
})

test('blobs are cut into messages of bounded size', () => {
  const frames = cutBlobs(Array.from({ length: 5 }, () => filled(0x78, 25_000)))
  expect(frames.map(frame => frame.length)).toEqual([2, 2, 1])
  expect(frames.every(frame => frame.reduce((size, blob) => size + blob.length, 0) <= FRAME_BYTES_MAX)).toBe(true)
})
