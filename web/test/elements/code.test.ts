import jsQR from 'jsqr'
import { expect, test } from 'vitest'
import { codeOf } from '../../src/elements/code.ts'

const SCALE = 4

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
