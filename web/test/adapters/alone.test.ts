import { expect, test } from 'vitest'
import { alone } from '../../src/adapters/alone.ts'
import { reachOut } from '../../src/adapters/trystero.ts'
import { makeRoomName, type PeerId } from '../../src/core/signal.ts'
import { join } from '../../src/room/joining.ts'

test('a room without places to meet is one without a network, of which a page may have many', async () => {
  const rooms = await Promise.all(['lobby', 'garden'].map(name => join(name, { signaling: [], store: 'memory' })))
  const [room] = rooms
  await room?.publish('to myself')
  expect((await room?.records())?.map(record => record.content)).toEqual(['to myself'])
  expect([room?.peers, room?.signaling]).toEqual([[], []])
  await Promise.all(rooms.map(each => each.leave()))
})

test('nobody is reached, and nothing is left open', async () => {
  const transport = alone('me' as PeerId)
  transport.open({ take: () => expect.unreachable(), refused: () => expect.unreachable() })
  transport.send('other' as PeerId, new Uint8Array(1))
  transport.disconnect('other' as PeerId, 'over')
  await transport.close()
  expect([transport.peerId, transport.signaling()]).toEqual(['me', []])
  expect((await reachOut(makeRoomName('app', 'lobby'), { signaling: [] })).signaling()).toEqual([])
})
