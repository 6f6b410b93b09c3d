import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/addresses.json'
import { checkPortable, PORTABLE } from '../../src/core/portable.ts'

test('the policies of the vectors can be named', () => {
  const specs = vectors.addresses.flatMap(({ address }) => address.policies)
  expect(specs.length).toBeGreaterThan(3)
  for (const spec of specs) expect(() => checkPortable(spec)).not.toThrow()
})

test('no program and no file is named', () => {
  for (const spec of [
    'command:sh',
    'words:list=a',
    'words:languages=en, list=a',
    'schema:file=a',
    'words:{"list":"a"}',
  ]) {
    expect(() => checkPortable(spec)).toThrow('address')
  }
  expect(PORTABLE.has('command')).toBe(false)
})
