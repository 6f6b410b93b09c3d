import { afterEach, expect, test, vi } from 'vitest'
import { codeOf } from '../../../src/elements/code.ts'
import { shareOf } from '../../../src/elements/share/sharing.ts'
import { join } from '../../../src/room/joining.ts'
import { MemorySwarm } from '../../swarm.ts'

afterEach(() => vi.unstubAllGlobals())

test('a room is handed on as a link to this page, with its secrets only where that is wanted', async () => {
  vi.stubGlobal('location', new URL('https://chat.example/?lang=de#top'))
  const options = { store: 'memory', password: 'secret' } as const
  const room = await join('lobby', { ...options, transport: new MemorySwarm().transport() })
  const open = await shareOf(room, { withSecrets: false })
  const whole = await shareOf(room, { withSecrets: true })
  expect(open).toMatchObject({ link: 'https://chat.example/?lang=de#peerset:peerset/lobby', hasSecrets: true })
  expect(whole.link).toBe('https://chat.example/?lang=de#peerset:peerset/lobby?password=secret')
  expect(open).toMatchObject(codeOf(open.link))
  await room.leave()
})
