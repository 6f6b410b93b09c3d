/** Who waits for pieces is woken when they come, or told why they do not. */
import { expect, test } from 'vitest'
import { Arrivals } from '../../src/drive/arrivals.ts'
import { BlobError } from '../../src/errors.ts'
import type { BlobInput } from '../../src/protocol/inputs.ts'

const NAME = { root: 'ab', size: 1 }

test('several wait for one piece, which is wanted with those ahead', async () => {
  const acts: BlobInput[] = []
  const arrivals = new Arrivals(event => acts.push(event))
  const waiting = [arrivals.wait(NAME, 0, [1, 2], 2), arrivals.wait(NAME, 0)]
  expect(acts).toEqual([{ type: 'BlobWanted', name: NAME, pieces: [0, 1, 2] }])
  arrivals.came('ab', 0)
  await Promise.all(waiting)
  arrivals.came('ab', 0)
})

test('what is on its way is wanted once, and anew what was given up or lies beyond it', async () => {
  const acts: BlobInput[] = []
  const arrivals = new Arrivals(event => acts.push(event))
  const waiting = [arrivals.wait(NAME, 0, [1, 3], 4)]
  const asked = [arrivals.isComing('ab', 1, 4), arrivals.isComing('ab', 1, 5), arrivals.isComing('ab', 2, 2)]
  expect(asked).toEqual([true, false, false])
  for (const piece of [0, 1]) arrivals.came('ab', piece)
  waiting.push(arrivals.wait(NAME, 3, [], 4))
  expect(acts.length).toBe(1)
  waiting.push(arrivals.wait(NAME, 1), arrivals.wait(NAME, 3))
  expect(acts.slice(1).map(each => 'pieces' in each && each.pieces)).toEqual([[1], [3]])
  arrivals.giveUp('ab', new BlobError('full'))
  waiting.push(arrivals.wait(NAME, 3))
  expect(acts.slice(3).map(({ type }) => type)).toEqual(['BlobUnwanted', 'BlobWanted'])
  arrivals.drop('ab')
  waiting.push(arrivals.wait(NAME, 3))
  expect(acts.slice(5).map(({ type }) => type)).toEqual(['BlobUnwanted', 'BlobWanted'])
  arrivals.fail(new BlobError('left'))
  expect(arrivals.isComing('ab', 3, 3)).toBe(false)
  await Promise.allSettled(waiting)
})

test('who reads no further wants nothing but what others wait for', async () => {
  const acts: BlobInput[] = []
  const arrivals = new Arrivals(event => acts.push(event))
  const waiting = [arrivals.wait(NAME, 0, [1, 2, 3], 3), arrivals.collect(NAME, [2, 7])]
  arrivals.letGo(NAME)
  expect(acts.slice(2)).toEqual([
    { type: 'BlobUnwanted', root: 'ab' },
    { type: 'BlobWanted', name: NAME, pieces: [0, 2, 7] },
  ])
  expect(arrivals.isComing('ab', 1, 1)).toBe(false)
  for (const piece of [0, 2, 7]) arrivals.came('ab', piece)
  await Promise.all(waiting)
  arrivals.letGo(NAME)
  expect(acts.slice(4)).toEqual([{ type: 'BlobUnwanted', root: 'ab' }])
})

test('who waits is told of one blob, or of all, and what is given up is wanted no more', async () => {
  const acts: BlobInput[] = []
  const arrivals = new Arrivals(event => acts.push(event))
  const [one, other] = [arrivals.wait(NAME, 0, []), arrivals.wait({ root: 'cd', size: 1 }, 0, [])]
  arrivals.giveUp('ab', new BlobError('full'))
  await expect(one).rejects.toThrow('full')
  expect(acts.at(-1)).toEqual({ type: 'BlobUnwanted', root: 'ab' })
  arrivals.fail(new BlobError('left'))
  await expect(other).rejects.toThrow('left')
})

test('who waits for many is woken by the last, in whatever order they come, or told why it does not', async () => {
  const acts: BlobInput[] = []
  const arrivals = new Arrivals(event => acts.push(event))
  let isWhole = false
  const waiting = arrivals.collect(NAME, [0, 2]).then(() => {
    isWhole = true
  })
  expect(acts).toEqual([{ type: 'BlobWanted', name: NAME, pieces: [0, 2] }])
  for (const piece of [2, 2, 1]) arrivals.came('ab', piece)
  await Promise.resolve()
  expect(isWhole).toBe(false)
  arrivals.came('ab', 0)
  await waiting
  const other = arrivals.collect(NAME, [0])
  arrivals.fail(new BlobError('nobody'), 'ab')
  await expect(other).rejects.toThrow('nobody')
})
