/** Who waits for pieces is woken when they come, or told why they do not. */
import { expect, test } from 'vitest'
import { Arrivals } from '../../src/drive/arrivals.ts'
import { BlobError } from '../../src/errors.ts'
import type { BlobInput } from '../../src/protocol/inputs.ts'

const NAME = { root: 'ab', size: 1 }

test('several wait for one piece, which is wanted with those ahead', async () => {
  const acts: BlobInput[] = []
  const arrivals = new Arrivals(event => acts.push(event))
  const waiting = [arrivals.wait(NAME, 0, [1, 2]), arrivals.wait(NAME, 0, [])]
  expect(acts).toEqual([
    { type: 'BlobWanted', name: NAME, pieces: [0, 1, 2] },
    { type: 'BlobWanted', name: NAME, pieces: [0] },
  ])
  arrivals.came('ab', 0)
  await Promise.all(waiting)
  arrivals.came('ab', 0)
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
