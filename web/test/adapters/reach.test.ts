import { expect, test } from 'vitest'
import { sharedBy } from '../../src/adapters/reach.ts'

test('what the rooms of a page share tells them apart, and passwords do not', () => {
  expect(sharedBy({ password: 'one' })).toBe(sharedBy({ password: 'other', relayOnly: false }))
  for (const reach of [{ signaling: [] }, { iceServers: [] }, { turn: [] }, { relayOnly: true }]) {
    expect(sharedBy(reach)).not.toBe(sharedBy({}))
  }
})
