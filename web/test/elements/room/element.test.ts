import { expect, test } from 'vitest'
import { PeersetRoom } from '../../../src/elements/room/element.ts'

test('a server that renders pages can import the element, and then nothing happens', () => {
  expect(PeersetRoom.elementProperties.has('room')).toBe(true)
  expect(PeersetRoom.observedAttributes).toContain('hidden-ui')
})
