/** Records that rest as their wire forms. */
import { expect, test } from 'vitest'
import { type Record, shellOf, signRecord } from '../../src/core/record.ts'
import { atRest, awake } from '../../src/core/resting.ts'
import { key, ROOM_TAG, START } from '../protocol/pair.ts'

function signed({ tags = 0, size = 1 }): Record {
  const named = Array.from({ length: tags }, (_, number) => ['t', `${number}`])
  const content = 'x'.repeat(size)
  return signRecord(key(1), { createdAt: START, kind: 1_078, tags: [['h', ROOM_TAG], ...named], content })
}

test('a light record stays as it was read', () => {
  const light = signed({ tags: 7, size: 100 })
  expect(atRest(light)).toBe(light)
  expect(awake(light)).toBe(light)
  const shell = shellOf(light.id, light.author, light.createdAt, light.kind)
  expect(atRest(shell)).toBe(shell)
})

test('a heavy record rests and says the same', () => {
  for (const heavy of [signed({ tags: 8 }), signed({ size: 4_096 })]) {
    const resting = atRest(heavy)
    expect(resting).not.toBe(heavy)
    expect(Object.keys(resting).sort()).toEqual(['author', 'createdAt', 'id', 'kind', 'wire'])
    expect([resting.tags, resting.content]).toEqual([heavy.tags, heavy.content])
    expect(resting.signature).toEqual(heavy.signature)
    expect(awake(resting)).toEqual(heavy)
    expect(atRest(resting)).toBe(resting)
  }
})
