import { expect, test } from 'vitest'
import { TrysteroTransport } from '../../src/adapters/trystero.ts'
import { makeRoomName } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'

const LOBBY = makeRoomName('peerset', 'lobby')

test('a room has one place in a page, which is free again once it is left', async () => {
  const transport = new TrysteroTransport(LOBBY, {})
  expect(() => new TrysteroTransport(LOBBY, {})).toThrow('this page is in the room "lobby" already')
  await new TrysteroTransport(makeRoomName('peerset', 'hall'), {}).close()
  await transport.close()
  const next = new TrysteroTransport(LOBBY, {})
  await transport.close()
  expect(() => new TrysteroTransport(LOBBY, {})).toThrow(ConfigError)
  await next.close()
})
