import { expect, test } from 'vitest'
import * as errors from '../src/errors.ts'

test.each(Object.entries(errors))('%s is one of the tree and keeps its name when code is made small', (name, Kind) => {
  const error = new Kind('what happened', { cause: 'why' })
  expect(error).toBeInstanceOf(errors.PeersetError)
  expect(error).toMatchObject({ name, message: 'what happened', cause: 'why' })
})

test('the type says who is to blame', () => {
  expect(new errors.MalformedError('x')).toBeInstanceOf(errors.RecordError)
  expect(new errors.RemoteProtocolError('x')).toBeInstanceOf(errors.ProtocolError)
  expect(new errors.WireError('x')).not.toBeInstanceOf(errors.ProtocolError)
})
