import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const FOLDER = new URL('../../../src/elements/dashboard/', import.meta.url)
const COLOUR = /#[0-9a-f]{3,8}\b(?=[;, )])|\b(hsl|oklch|lch)\(/i

test('the parts of the dashboard take their colours from the theme alone', () => {
  const painted = readdirSync(FOLDER).filter(name => COLOUR.test(readFileSync(new URL(name, FOLDER), 'utf8')))
  expect(painted).toEqual([])
})
