import { expect, test } from 'vitest'
import { TrysteroTransport } from '../../src/adapters/trystero.ts'
import { Venues } from '../../src/adapters/venues.ts'
import { makeRoomName } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'

const LOBBY = makeRoomName('peerset', 'lobby')

test('a room has one place in a page, which is free again once it is left', async () => {
  const venues = await Venues.load(undefined, 'peerset')
  const transport = new TrysteroTransport(LOBBY, {}, venues)
  expect(() => new TrysteroTransport(LOBBY, {}, venues)).toThrow('this page is in the room "lobby" already')
  await new TrysteroTransport(makeRoomName('peerset', 'hall'), {}, venues).close()
  await transport.close()
  const next = new TrysteroTransport(LOBBY, {}, venues)
  await transport.close()
  expect(() => new TrysteroTransport(LOBBY, {}, venues)).toThrow(ConfigError)
  await next.close()
})
