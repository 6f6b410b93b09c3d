import { expect, test } from 'vitest'
import { checkOptions, readModel } from '../../src/data/model.ts'
import type { StandardSchema } from '../../src/data/types.ts'
import { ConfigError, MalformedError, SchemaError } from '../../src/errors.ts'

const VALIDATOR: StandardSchema<{ name: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: value => {
      const { name } = Object(value) as { name?: unknown }
      if (typeof name === 'string') return { value: { name } }
      return { issues: [{ message: 'a name is a text', path: ['name', { key: 0 }] }] }
    },
  },
}

test('a validator checks what is written, and what is read', async () => {
  const model = await readModel<{ name: string }>(VALIDATOR, null)
  expect(await model.dump({ name: 'Ann' })).toBe('{"name":"Ann"}')
  await expect(model.dump({ name: 5 } as never)).rejects.toMatchObject({ name: 'SchemaError', path: 'name[0]' })
  expect(await model.load({ name: 'Ann' })).toEqual({ name: 'Ann' })
  expect(await model.load({})).toBeUndefined()
})

test('its JSON Schema is checked beside it', async () => {
  const model = await readModel<{ name: string }>(VALIDATOR, { properties: { name: { maxLength: 2 } } })
  await expect(model.dump({ name: 'Ann' })).rejects.toThrow(SchemaError)
})

test('what JSON cannot say, and what other languages would read otherwise, is refused', async () => {
  const model = await readModel<unknown>(null, undefined)
  const loop: { self?: unknown } = {}
  loop.self = loop
  for (const value of [undefined, Number.NaN, 1n, loop, '\ud800', { a: [Number.POSITIVE_INFINITY] }]) {
    await expect(model.dump(value)).rejects.toThrow(SchemaError)
  }
  await expect(model.dump('x'.repeat(70_000))).rejects.toThrow(MalformedError)
  expect(await model.dump({ left: undefined, kept: 1 })).toBe('{"kept":1}')
})

test('options are known ones', () => {
  expect(() => checkOptions(5, ['schema'])).toThrow(ConfigError)
  expect(() => checkOptions({ shema: 1 }, ['schema'])).toThrow('"shema"; there are: schema')
})
