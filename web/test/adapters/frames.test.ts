import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/trystero.json'
import { hereFrame, leaveFrame, readFrame, roomToken } from '../../src/adapters/frames.ts'
import { FRAME_PAYLOAD_BYTES } from '../../src/core/limits.ts'
import { makeRoomName } from '../../src/core/signal.ts'

const TOKEN = roomToken(makeRoomName('peerset', 'lobby'))
const TOKENS = new Set([TOKEN])
const LAST = 1
const METADATA = 2
const BINARY = 4
const JSON_TAG = 8

function join(...parts: readonly (string | readonly number[])[]): ArrayBuffer {
  return Uint8Array.from(parts.flatMap(part => (typeof part === 'string' ? [...utf8ToBytes(part)] : [...part]))).buffer
}

function action(name: string, tag: number, payload: string, token = TOKEN): ArrayBuffer {
  return join([1, 0, token.length], token, name.padEnd(32, '\0'), [0, 0, tag, 255], payload)
}

function kindOf(data: ArrayBuffer): string | undefined {
  return readFrame(data, TOKENS)?.kind
}

test.each(vectors.topics)('the room $roomId of $appId is named on channels as Trystero does', topic => {
  expect(roomToken({ app: topic.appId, room: topic.roomId })).toBe(topic.room_token)
})

test('what our protocol and a Trystero handshake consist of is let through', () => {
  expect(kindOf(action('peerset', BINARY | JSON_TAG | LAST, '...'))).toBe('protocol')
  expect(kindOf(action('peerset', BINARY | JSON_TAG, 'x'.repeat(FRAME_PAYLOAD_BYTES)))).toBe('protocol')
  expect(kindOf(action('@_hsdata', JSON_TAG | LAST, '{"c": 1}'))).toBe('handshake')
  for (const [name, kind] of [
    ['@_hsready', 'ready'],
    ['@_leave', 'leave'],
    ['@_ping', 'signal'],
    ['@_pong', 'signal'],
  ] as const) {
    expect(kindOf(action(name, LAST, ''))).toBe(kind)
  }
  const other = 'f'.repeat(64)
  expect(readFrame(join([2, 0, 0, 64], other), TOKENS)).toEqual({ kind: 'gone', token: other })
  expect(readFrame(join([2, 1, 0, 64], other), TOKENS)).toEqual({ kind: 'here', token: other })
})

test.each([
  ['no bytes at all', new ArrayBuffer(0)],
  ['a text', 'peerset'],
  ['another kind of message', join([3, 0, 64], TOKEN)],
  ['a room that we are not in', action('peerset', BINARY | LAST, '...', 'f'.repeat(64))],
  ['a token cut short', join([1, 0, 64], TOKEN.slice(1))],
  ['a token that is none', join([2, 1, 0, 64], 'F'.repeat(64))],
  ['a token of another length', join([2, 1, 1, 64], 'f'.repeat(320))],
  ['no action', join([1, 0, 64], TOKEN)],
  ['an action that nobody asked for', action('chat', LAST, 'hi')],
  ['an action of media', action('@_signal', JSON_TAG | LAST, 'null')],
  ['metadata', action('peerset', METADATA | BINARY, '{')],
  ['JSON as our protocol', action('peerset', JSON_TAG | LAST, '{}')],
  ['a longer slice than there are', action('peerset', BINARY, 'x'.repeat(FRAME_PAYLOAD_BYTES + 1))],
  ['a handshake that is no JSON', action('@_hsdata', JSON_TAG | LAST, '{')],
  ['a handshake without an end', action('@_hsdata', JSON_TAG, '{}')],
  ['a signal that is JSON', action('@_leave', JSON_TAG | LAST, '{')],
  ['a signal without an end', action('@_ping', 0, '')],
])('%s is not', (_, data) => {
  expect(readFrame(data, TOKENS)).toBeNull()
})

test('what is written is what Trystero writes', () => {
  expect(readFrame(hereFrame(TOKEN), TOKENS)).toEqual({ kind: 'here', token: TOKEN })
  expect(readFrame(leaveFrame(TOKEN), TOKENS)).toEqual({ kind: 'leave', token: TOKEN })
  expect(leaveFrame(TOKEN).byteLength).toBe(action('@_leave', LAST, '').byteLength)
})
