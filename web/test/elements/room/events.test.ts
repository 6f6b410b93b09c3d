import { expect, test } from 'vitest'
import type { PublicKey } from '../../../src/core/keys.ts'
import type { RecordId } from '../../../src/core/record.ts'
import type { PeerId } from '../../../src/core/signal.ts'
import { domEventOf, errorEvent } from '../../../src/elements/room/events.ts'

const PEER = 'peer' as PeerId

test('what happens in a room becomes an event that bubbles out of shadow roots', () => {
  const left = { type: 'PeerLeft', peer: PEER, key: 'ab'.repeat(32) as PublicKey, reason: 'goodbye' } as const
  const event = domEventOf(left)
  expect([event?.type, event?.bubbles, event?.composed]).toEqual(['peerset-peer', true, true])
  expect(event?.detail).toBe(left)
})

test('trouble with the storage is an error with words, and with the event itself', () => {
  const evicted = { type: 'StorageEvicted', day: 1, count: 2 } as const
  expect(domEventOf(evicted)?.detail).toMatchObject({ attribute: null, error: null, event: evicted })
  const blocked = { type: 'StorageUnavailable', reason: 'blocked' } as const
  expect(domEventOf(blocked)?.detail.message).toBe('StorageUnavailable: blocked')
})

test('what only programs care about is no event of the element', () => {
  expect(domEventOf({ type: 'RecordKnown', id: 'ab'.repeat(32) as RecordId })).toBeNull()
})

test('an error names the attribute that is wrong', () => {
  const { type, detail } = errorEvent('the room is missing', { attribute: 'room' })
  expect([type, detail]).toEqual([
    'peerset-error',
    { message: 'the room is missing', attribute: 'room', error: null, event: null },
  ])
})
