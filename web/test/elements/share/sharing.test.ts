import jsQR from 'jsqr'
import { afterEach, expect, test, vi } from 'vitest'
import { codeOf, shareOf } from '../../../src/elements/share/sharing.ts'
import { join } from '../../../src/room/joining.ts'
import { MemorySwarm } from '../../swarm.ts'

const SCALE = 4

afterEach(() => vi.unstubAllGlobals())

/** Read the QR code of *path*, as a scanner does. */
function scanned({ path, size }: ReturnType<typeof codeOf>): string | undefined {
  const side = size * SCALE
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255)
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let dy = 0; dy < SCALE; dy += 1) {
      const first = ((Number(y) * SCALE + dy) * side + Number(x) * SCALE) * 4
      for (let at = first; at < first + SCALE * 4; at += 1) if (at % 4 !== 3) pixels[at] = 0
    }
  }
  return jsQR(pixels, side, side)?.data
}

test.each(['peerset:peerset/lobby', `https://chat.example/#peerset:a/b?seal=${'q'.repeat(300)}`])(
  'what is drawn of %s is read by a scanner',
  text => expect(scanned(codeOf(text))).toBe(text),
)

test('what is too long for a code has none', () => {
  expect(codeOf('x'.repeat(3_000))).toEqual({ path: '', size: 0 })
})

test('a room is handed on as a link to this page, with its secrets only where that is wanted', async () => {
  vi.stubGlobal('location', new URL('https://chat.example/?lang=de#top'))
  const options = { store: 'memory', password: 'secret' } as const
  const room = await join('lobby', { ...options, transport: new MemorySwarm().transport() })
  const open = await shareOf(room, { withSecrets: false })
  const whole = await shareOf(room, { withSecrets: true })
  expect(open).toMatchObject({ link: 'https://chat.example/?lang=de#peerset:peerset/lobby', hasSecrets: true })
  expect(whole.link).toBe('https://chat.example/?lang=de#peerset:peerset/lobby?password=secret')
  expect(scanned(open)).toBe(open.link)
  await room.leave()
})
