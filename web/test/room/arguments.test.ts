import { expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { readOptions } from '../../src/room/arguments.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

test('options are read with single values, and what is left out stays out', () => {
  expect(readOptions({ signaling: 'wss://a.example', app: 'x' })).toEqual({
    app: 'x',
    signaling: ['torrent:wss://a.example'],
  })
  expect(readOptions({ signaling: null, password: undefined })).toEqual({})
  expect(readOptions({ phases: '6h' })).toEqual({ phases: 21_600 })
  expect(readOptions({ phases: null })).toEqual({ phases: null })
})

test.each([
  [null, 'null'],
  [5, '5'],
  ['lobby', '"lobby"'],
  [{ realys: [] }, '"realys"'],
  [{ password: 5 }, 'a password is a text, not 5'],
  [{ signaling: ['http://a.example'] }, '"http://a.example"'],
  [{ app: 5 }, 'the app name is a text, not 5'],
  [{ policies: 5 }, 'a policy judges records'],
  [{ retention: 5 }, 'not 5'],
  [{ phases: '5m' }, 'phases are from an hour to 30 days long'],
  [{ window: '5m' }, 'a window is from an hour to 3,700 days'],
  [{ onEvent: 5 }, '5 cannot be called'],
])('what cannot be meant is named, and nothing is joined: %#', async (options, message) => {
  const ways = { transport: new MemorySwarm().transport(), store: 'memory' }
  const given = typeof options === 'object' && options !== null ? { ...ways, ...options } : options
  const joining = join('lobby', given as never)
  await expect(joining).rejects.toThrow(ConfigError)
  await expect(joining).rejects.toThrow(message)
})

test.each([5, null, undefined, {}])('%j is no name of a room', async room => {
  await expect(join(room as never, { signaling: [], store: 'memory' })).rejects.toThrow(ConfigError)
})
