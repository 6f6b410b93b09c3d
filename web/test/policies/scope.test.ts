import { expect, test } from 'vitest'
import { KIND_COMMIT, KIND_DELETION, KIND_RECORD } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'
import { Scope } from '../../src/policies/scope.ts'

test('without names all is meant, and what is in none', () => {
  const scope = new Scope('writers', undefined)
  expect(scope.names).toBe(null)
  expect([scope.concerns(KIND_RECORD, 'places'), scope.concerns(KIND_DELETION, null)]).toEqual([true, true])
})

test('with names only those are meant, and nothing that accompanies others', () => {
  const scope = new Scope('writers', ['places', 'notes', 'places'])
  expect(scope.names).toEqual(['notes', 'places'])
  expect(['places', 'notes', 'chat', null].map(name => scope.concerns(KIND_RECORD, name))).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect([KIND_DELETION, KIND_COMMIT].map(kind => scope.concerns(kind, 'places'))).toEqual([false, false])
})

test.each(['', '*', 'two words', 'a\tb', '\ud800', 7 as never])('%j is no name', name => {
  expect(() => new Scope('writers', [name])).toThrow(ConfigError)
})

test('so many are named and no more', () => {
  const names = Array.from({ length: 64 }, (_, at) => `c${at}`)
  expect(new Scope('writers', names).names).toHaveLength(64)
  expect(() => new Scope('writers', [...names, 'one more'])).toThrow(ConfigError)
  expect(() => new Scope('writers', [])).toThrow(ConfigError)
})
