import { expect, test } from 'vitest'
import { ConfigError } from '../src/errors.ts'
import { type RoomEvent, readTypes } from '../src/notices.ts'

const EVENTS: readonly RoomEvent[] = [
  { type: 'StorageUnavailable', reason: 'private mode' },
  { type: 'RecordsExpired', before: 0 as never, count: 1, kept: new Set() },
]

test('events are chosen by their types, those of the node and those of the page', () => {
  const chosen = (...types: readonly RoomEvent['type'][]) => EVENTS.filter(readTypes(types)).map(({ type }) => type)
  expect(chosen()).toEqual(['StorageUnavailable', 'RecordsExpired'])
  expect(chosen('RecordsExpired')).toEqual(['RecordsExpired'])
  expect(chosen('StorageUnavailable', 'PeerJoined')).toEqual(['StorageUnavailable'])
})

test.each(['RecordAdd', 'recordadded', '', 7, null, undefined])('%j is no type of events', type => {
  expect(() => readTypes([type as never])).toThrow(ConfigError)
})
