import { expect, test } from 'vitest'
import * as errors from '../src/errors.ts'

const { SchemaError, ConflictError, ...plain } = errors

test.each(Object.entries(plain))('%s is one of the tree and keeps its name when code is made small', (name, Kind) => {
  const error = new Kind('what happened', { cause: 'why' })
  expect(error).toBeInstanceOf(errors.PeersetError)
  expect(error).toMatchObject({ name, message: 'what happened', cause: 'why' })
})

test('the type says who is to blame', () => {
  expect(new errors.MalformedError('x')).toBeInstanceOf(errors.RecordError)
  expect(new errors.RemoteProtocolError('x')).toBeInstanceOf(errors.ProtocolError)
  expect(new errors.WireError('x')).not.toBeInstanceOf(errors.ProtocolError)
  expect(new errors.QueryError('x')).toBeInstanceOf(errors.ConfigError)
})

test('what does not fit says where, and what conflicts says with what', () => {
  const misfit = new SchemaError('at.lat', 'it is missing')
  expect(misfit).toMatchObject({ name: 'SchemaError', path: 'at.lat', message: 'at.lat: it is missing' })
  expect(new SchemaError('', 'no')).toMatchObject({ message: 'the value: no' })
  const conflict = new ConflictError('berlin', ['ab'.repeat(32)])
  expect(conflict).toMatchObject({ name: 'ConflictError', key: 'berlin', heads: ['ab'.repeat(32)] })
  expect(conflict.message).toBe('the register "berlin" holds abababab now, not what was expected')
  expect(new ConflictError('a', []).message).toContain('holds nothing now')
  expect([misfit, conflict].every(each => each instanceof errors.RecordError)).toBe(true)
})
