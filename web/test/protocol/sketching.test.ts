import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/sketch.json' with { type: 'json' }
import { ROUND_BYTES_MAX } from '../../src/core/limits.ts'
import { encode } from '../../src/core/wire.ts'
import { entriesOf } from '../core/sketched.ts'
import { Meeting } from './large.ts'

test.each(vectors.rounds)('both languages say the same, byte for byte: $name', ({ spread, ours, theirs, said }) => {
  const meeting = new Meeting(entriesOf(ours, spread), entriesOf(theirs, spread), ROUND_BYTES_MAX, true)
  meeting.run()
  expect(meeting.strikes).toBe(0)
  const messages = meeting.said.map(([side, message]) => {
    const data = encode(message)
    return [side, message.type, data.length, bytesToHex(sha256(data).subarray(0, 8))]
  })
  expect(messages).toEqual(said)
})
