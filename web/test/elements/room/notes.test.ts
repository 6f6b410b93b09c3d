import { expect, test } from 'vitest'
import { dayOf } from '../../../src/core/bucket.ts'
import type { RecordId } from '../../../src/core/record.ts'
import type { PeerId } from '../../../src/core/signal.ts'
import { Notes } from '../../../src/elements/room/notes.ts'
import type { RoomEvent } from '../../../src/notices.ts'

const PEER = 'peer' as PeerId
const ID = 'ab'.repeat(32) as RecordId
const DAY = dayOf(Date.UTC(2026, 10, 21) / 1_000)

function rejected(reason: string, peer: PeerId | null = PEER): RoomEvent {
  return { type: 'RecordRejected', id: ID, cause: 'policy', source: 'words', reason, peer }
}

test('what is refused is counted, with the last reason', () => {
  const notes = new Notes()
  notes.take(rejected('first'))
  expect(notes.all[0]?.text).toBe('1 record refused. The last one, by “words”: first')
  notes.take(rejected('second'))
  expect(notes.all.map(({ text }) => text)).toEqual(['2 records refused. The last one, by “words”: second'])
})

test('many that are told as one are counted with the others', () => {
  const notes = new Notes()
  notes.take(rejected('first'))
  notes.take({ type: 'RecordsRejected', count: 30, cause: 'policy', source: 'words', reason: 'last', peer: PEER })
  expect(notes.all.map(({ text }) => text)).toEqual(['31 records refused. The last one, by “words”: last'])
})

test('what this page brought itself is refused to whoever brought it, not here', () => {
  const notes = new Notes()
  expect(notes.take(rejected('mine', null))).toBe(false)
  expect(notes.all).toEqual([])
})

test('every warning has its words', () => {
  const events: [RoomEvent, string][] = [
    [{ type: 'StorageEvicted', day: DAY, count: 12 }, 'the content of 12 records of 2026-11-21 was given up'],
    [{ type: 'StorageUnavailable', reason: 'blocked' }, 'stay only until this page is closed: blocked'],
    [{ type: 'StorageDamaged', reason: 'no record' }, 'damaged and thrown away'],
    [{ type: 'PeerRefused', peer: PEER, reason: 'incorrect password' }, '1 peer could not join: is the password'],
    [{ type: 'PolicyFailed', policy: 'taste', reason: 'threw' }, 'The policy “taste” broke'],
    [{ type: 'SaveDelayed', reason: 'full', ids: [ID] }, '1 record could not be saved'],
    [
      { type: 'ClockSkewed', seconds: 300, peers: 2, isOurs: true },
      "This device's clock is wrong: it is 5 minutes ahead of the clocks of 2 peers",
    ],
    [
      { type: 'ClockSkewed', seconds: -300.4, peers: 1, isOurs: false },
      'Is this clock right? It is 5 minutes behind the clocks of 1 peer',
    ],
    [{ type: 'RecordPostponed', id: ID, seconds: 83_557, peer: PEER }, 'it is shown in about 23 hours'],
  ]
  for (const [event, words] of events) {
    const notes = new Notes()
    expect(notes.take(event)).toBe(true)
    expect(notes.all[0]?.text).toContain(words)
  }
})

test('a note that is dismissed is gone until it happens again', () => {
  const notes = new Notes()
  notes.take(rejected('one'))
  notes.take({ type: 'StorageUnavailable', reason: 'blocked' })
  notes.dismiss('RecordRejected')
  expect(notes.all.map(({ matter }) => matter)).toEqual(['StorageUnavailable'])
  notes.take(rejected('two'))
  expect(notes.all[1]?.text).toContain('1 record refused')
  notes.clear()
  expect(notes.all).toEqual([])
})

test('what only programs care about is no note', () => {
  expect(new Notes().take({ type: 'RecordKnown', id: ID })).toBe(false)
})
