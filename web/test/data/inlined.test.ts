import { expect, test } from 'vitest'
import { inlined } from '../../src/data/inlined.ts'
import { ConfigError } from '../../src/errors.ts'

test('what is referred to stands where it was referred to', () => {
  const inner = { type: 'object', properties: { n: { type: 'integer' } } }
  const given = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { Inner: inner },
    type: 'object',
    properties: { one: { $ref: '#/$defs/Inner', description: 'first' }, all: { items: { $ref: '#/$defs/Inner' } } },
  }
  expect(inlined(given)).toEqual({
    type: 'object',
    properties: { one: { ...inner, description: 'first' }, all: { items: inner } },
  })
  expect(inlined({ $ref: '#/definitions/A', definitions: { A: { type: 'string' } } })).toEqual({ type: 'string' })
})

test('what only narrows is left out', () => {
  expect(inlined({ type: 'string', format: 'date-time', pattern: '^a', examples: ['x'] })).toEqual({ type: 'string' })
  expect(inlined({ type: 'integer', exclusiveMinimum: 3, minimum: 1 })).toEqual({ type: 'integer', minimum: 1 })
  expect(inlined({ type: 'array', prefixItems: [{ type: 'string' }], items: false })).toEqual({ type: 'array' })
  expect(inlined({ additionalProperties: false })).toEqual({ additionalProperties: false })
})

test('one of several is any of them, and all of one is that one', () => {
  const forms = [{ type: 'string' }, { type: 'null' }]
  expect(inlined({ oneOf: forms })).toEqual({ anyOf: forms })
  expect(inlined({ allOf: [{ type: 'string' }], default: 'x' })).toEqual({ type: 'string', default: 'x' })
})

test.each([
  [{ $ref: '#/$defs/A', $defs: { A: { items: { $ref: '#/$defs/A' } } } }, 'A holds itself'],
  [{ $ref: '#/$defs/B' }, 'refers to nothing'],
  [{ $ref: 'https://example.org/schema' }, 'refers to nothing'],
  [{ allOf: [{}, {}] }, 'no "allOf" of several'],
  [{ properties: { a: { if: {} } } }, 'the schema.a: schemas here have no "if"'],
  [{ not: {} }, 'no "not"'],
  [{ items: 3 }, 'is no object: 3'],
  [null, 'the schema is no object'],
  [{ anyOf: 'x' }, 'no "anyOf"'],
])('what cannot be said here is refused by its place: %j', (given, reason) => {
  expect(() => inlined(given)).toThrow(ConfigError)
  expect(() => inlined(given)).toThrow(reason)
})

test('a schema without end is refused', () => {
  const names = Array.from({ length: 20 }, (_, number) => `A${number}`)
  const $defs = Object.fromEntries(names.map((name, at) => [name, { items: { $ref: `#/$defs/A${at + 1}` } }]))
  expect(() => inlined({ $ref: '#/$defs/A0', $defs })).toThrow('more than 8 levels')
})
