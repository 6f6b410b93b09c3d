import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import {
  connect,
  PACKET_BYTES_MAX,
  Packets,
  ping,
  publish,
  subscribe,
  unsubscribe,
} from '../../src/adapters/mqtt-packets.ts'

/** By hand, from the tables of MQTT 3.1.1. */
const bytes = (text: string) => hexToBytes(text.replaceAll(/[^0-9a-f]/g, ''))

test('what a client says is written as MQTT 3.1.1 has it', () => {
  const plain = { user: '', password: '', keepAliveSeconds: 60 }
  expect(connect('me', plain)).toEqual(bytes('10 0e 00 04 4d515454 04 02 00 3c 00 02 6d65'))
  expect(connect('me', { ...plain, user: 'u', password: 'pw' })).toEqual(
    bytes('10 15 00 04 4d515454 04 c2 00 3c 00 02 6d65 00 01 75 00 02 7077'),
  )
  expect(subscribe(258, 'a/b')).toEqual(bytes('82 08 01 02 00 03 612f62 00'))
  expect(unsubscribe(1, 'a/b')).toEqual(bytes('a2 07 00 01 00 03 612f62'))
  expect(publish('t', 'hi')).toEqual(bytes('30 05 00 01 74 6869'))
  expect(ping()).toEqual(bytes('c0 00'))
})

test('what is said is read however it is cut', () => {
  const text = `é${'x'.repeat(300)}`
  const said = { type: 'said', topic: 't', text }
  const stream = Uint8Array.from([
    ...bytes('20 02 00 00'),
    ...publish('t', text),
    ...bytes('d0 00'),
    ...publish('t', ''),
  ])
  const expected = [{ type: 'accepted' }, said, { type: 'said', topic: 't', text: '' }]
  expect(new Packets().take(stream)).toEqual(expected)
  const packets = new Packets()
  expect(Array.from(stream, byte => packets.take(Uint8Array.of(byte)) ?? []).flat()).toEqual(expected)
})

test('a broker that refuses says why, by a number', () => {
  expect(new Packets().take(bytes('20 02 00 05'))).toEqual([{ type: 'refused', code: 5 }])
  expect(new Packets().take(bytes('20 00'))).toEqual([{ type: 'refused', code: -1 }])
})

test('what was not asked for, or is cut short, is left', () => {
  expect(new Packets().take(bytes('32 07 00 01 74 00 07 6869 30 01 00 90 03 00 01 00'))).toEqual([])
  expect(new Packets().take(bytes('30 04 00 09 74 68'))).toEqual([{ type: 'said', topic: 'th', text: '' }])
})

test('what is too long, or has no length, is an end', () => {
  expect(new Packets().take(bytes('30 ff ff ff ff 7f'))).toBeNull()
  expect(PACKET_BYTES_MAX).toBeLessThan(2 ** 21)
  expect(new Packets().take(bytes('30 80 80 80 01'))).toBeNull()
})
