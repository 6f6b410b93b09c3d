import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/pins.json'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { checkedIn, pinContent, pinnedIn, pinTags } from '../../src/core/pin.ts'
import { type Record, recordOf, signRecord } from '../../src/core/record.ts'
import { MalformedError } from '../../src/errors.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(3))

test.each(vectors.pins)('a pin of $name holds that', ({ event, inside }) => {
  const [pin, record] = [recordOf(event), recordOf(inside)]
  expect(checkedIn(pin)).toEqual(record)
  expect(pinnedIn(pin)).toEqual(record)
  expect(pin.content).toBe(pinContent(record))
  expect(pin.tags.slice(1)).toEqual(pinTags(record))
})

test.each(vectors.refusals)('$name is refused with its word', ({ event, says }) => {
  expect(() => checkedIn(recordOf(event))).toThrow(new MalformedError(says))
})

test.each(vectors.sizes as [number, boolean][])('whether %i bytes can be pinned: %s', (size, isPinned) => {
  const record = ofSize(size)
  expect(record.wire.length).toBe(size)
  if (isPinned) expect(pinContent(record)).not.toBe('')
  else expect(() => pinContent(record)).toThrow('at most 32768')
})

function ofSize(size: number): Record {
  const bare = sign('x'.repeat(1_000)).wire.length - 1_000
  return sign('x'.repeat(size - bare))
}

function sign(content: string): Record {
  return signRecord(KEY, { createdAt: 5 as UnixTime, kind: 1078, tags: [['h', vectors.room]], content })
}
