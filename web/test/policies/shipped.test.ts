import { expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { authors, budget, writers } from '../../src/policies/shipped.ts'
import { key } from '../protocol/pair.ts'

const KEY = key(1).publicKey

test('each is made once it is asked for, under its name', async () => {
  const made = await Promise.all([budget(), writers({ owners: KEY }), authors({ deny: [KEY] })])
  expect(made.map(({ name, policyClass }) => [name, policyClass])).toEqual([
    ['budget', 'set rule'],
    ['writers', 'admission'],
    ['authors', 'admission'],
  ])
})

test('what cannot be meant is a refused promise', async () => {
  await expect(writers({ owners: [] })).rejects.toThrow(ConfigError)
  await expect(authors({})).rejects.toThrow(ConfigError)
})
