import { expect, test } from 'vitest'
import { BlockTree } from '../../src/core/avl.ts'
import {
  BLOCK_ENTRIES_MAX,
  BLOCK_ENTRIES_MIN,
  Block,
  type Entry,
  idBytes,
  sortedColumns,
} from '../../src/core/block.ts'
import { isBefore } from '../../src/core/bucket.ts'
import type { Bound } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'
import { checkTree } from './checks.ts'
import { below, entriesOf, Model, pick, sameBytes, shuffle, sorted } from './entries.ts'

const COUNT = 4_000

/** Distinct entries in order; few *seconds* make many of one time. */
function makeEntries(count: number, seconds = 1_000_000, seed = 0): Entry[] {
  return new Model(entriesOf(count, 0, seconds, seed)).sorted
}

/** First, last, second, last but one: every new block hangs in the middle. */
function fromBothEnds(entries: readonly Entry[]): Entry[] {
  const half = entries.length / 2
  const upper = entries.slice(half).reverse()
  return entries.slice(0, half).flatMap((entry, place) => [entry, ...upper.slice(place, place + 1)])
}

const ORDERS: [string, (entries: readonly Entry[]) => Entry[]][] = [
  ['ascending', entries => [...entries]],
  ['descending', entries => [...entries].reverse()],
  ['both ends', fromBothEnds],
  ['middle outwards', entries => fromBothEnds(entries).reverse()],
  ['shuffled', entries => shuffle(seededRng('1'), entries)],
]

function grown(entries: readonly Entry[]): BlockTree {
  const tree = new BlockTree()
  expect(entries.every(entry => tree.insert(...entry))).toBe(true)
  checkTree(tree)
  return tree
}

function contents(tree: BlockTree): Entry[] {
  return [...tree.entries(0, tree.size)]
}

/** Count the entries before *bound*, the plain way. */
function plainRank(entries: readonly Entry[], bound: Bound): number {
  return entries.filter(entry => isBefore(entry, bound)).length
}

test.each(ORDERS)('insertions %s give the sorted set', (_, order) => {
  const entries = makeEntries(COUNT)
  expect(contents(grown(order(entries)))).toEqual(entries)
})

test.each(ORDERS)('removals %s keep the tree whole', (_, order) => {
  const entries = makeEntries(COUNT)
  const tree = BlockTree.bulk(entries)
  const remaining = new Model(entries)
  for (const [number, entry] of order(entries).entries()) {
    expect(tree.remove(...entry)).toBe(true)
    remaining.remove(entry)
    if (number % 250 !== 0) continue
    checkTree(tree)
    expect(contents(tree)).toEqual(remaining.sorted)
  }
  expect(tree.size).toBe(0)
  expect(contents(tree)).toEqual([])
})

test.each(Array.from({ length: 15 }, (_, seed) => seed))('runs of changes of seed %i match a model', seed => {
  const rng = seededRng(`runs ${seed}`)
  const entries = makeEntries(3_000, pick(rng, [1, 40, 100_000]))
  const [tree, model] = [new BlockTree(), new Model()]
  for (let run = 0; run < 20; run += 1) {
    const [isInsertion, start] = [below(rng, 2) === 0, below(rng, 3_000)]
    const [length, stride] = [1 + below(rng, 400), pick(rng, [1, 2_999, 7])]
    for (let number = 0; number < length; number += 1) {
      const [entry] = entries.slice((start + number * stride) % entries.length)
      if (entry === undefined) continue
      const isChanged = isInsertion ? tree.insert(...entry) : tree.remove(...entry)
      expect(isChanged).toBe(isInsertion ? model.add(entry) : model.remove(entry))
    }
    checkTree(tree)
    expect(tree.size).toBe(model.size)
  }
  expect(contents(tree)).toEqual(model.sorted)
})

test('every step of a short history keeps every invariant and matches a model', () => {
  const rng = seededRng('short')
  const entries = makeEntries(600, 20)
  const [tree, model] = [new BlockTree(), new Model()]
  for (let step = 0; step < 1_500; step += 1) {
    const entry = pick(rng, entries)
    const isInsertion = step < 700 ? below(rng, 4) > 0 : below(rng, 4) === 0
    if (isInsertion) expect(tree.insert(...entry)).toBe(model.add(entry))
    else expect(tree.remove(...entry)).toBe(model.remove(entry))
    checkTree(tree)
    expect(tree.size).toBe(model.size)
  }
  expect(contents(tree)).toEqual(model.sorted)
})

test.each([1, 50, 1_000_000])('ranks and selections among %i seconds agree with a sorted list', seconds => {
  const entries = makeEntries(1_000, seconds)
  const tree = grown(shuffle(seededRng('1'), entries))
  for (const [createdAt, id] of shuffle(seededRng('2'), entries).slice(0, 100)) {
    const bounds: Bound[] = [
      [createdAt, id],
      [createdAt, id.slice(0, 2)],
      [createdAt, ''],
      [createdAt + 1, ''],
    ]
    for (const bound of bounds) expect(tree.rank(bound)).toBe(plainRank(entries, bound))
  }
  expect(entries.map((_, index) => tree.select(index))).toEqual(entries)
})

test('a slice of ids comes in order, as texts and as bytes', () => {
  const entries = makeEntries(1_000, 30)
  const tree = BlockTree.bulk(entries)
  const slices: [number, number][] = [
    [0, 1_000],
    [0, 0],
    [3, 900],
    [191, 193],
    [500, 400],
    [990, 5_000],
  ]
  for (const [start, stop] of slices) {
    const expected = entries.slice(start, stop).map(([, id]) => id)
    expect(Array.from(tree.entries(start, stop), ([, id]) => id)).toEqual(expected)
    const pieces = Array.from(tree.pieces(start, stop), ({ block, first, end }) => block.slice(first, end))
    expect(Buffer.concat(pieces).toString('hex')).toBe(expected.join(''))
  }
})

test('an entry is a member only with time and id', () => {
  const tree = new BlockTree()
  expect(tree.has(5, sameBytes(0))).toBe(false)
  tree.insert(5, sameBytes(0))
  expect(tree.has(5, sameBytes(0))).toBe(true)
  expect(tree.has(6, sameBytes(0))).toBe(false)
  expect(tree.has(5, sameBytes(1))).toBe(false)
  expect(tree.has(5, '00' as RecordId)).toBe(false)
})

test('a repeated insertion changes nothing', () => {
  const tree = new BlockTree()
  expect(tree.insert(1, sameBytes(0))).toBe(true)
  expect(tree.insert(1, sameBytes(0))).toBe(false)
  expect(tree.size).toBe(1)
})

test('removing what is not there changes nothing', () => {
  const tree = new BlockTree()
  expect(tree.remove(1, sameBytes(0))).toBe(false)
  tree.insert(1, sameBytes(0))
  expect(tree.remove(2, sameBytes(0))).toBe(false)
  expect(tree.size).toBe(1)
})

test('times up to 2^53 - 1 are kept exactly', () => {
  const times = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, 0]
  const tree = BlockTree.bulk(times.map(createdAt => [createdAt, sameBytes(0)]))
  expect(contents(tree).map(([createdAt]) => createdAt)).toEqual(times.reverse())
  expect(tree.rank([Number.MAX_SAFE_INTEGER, ''])).toBe(2)
})

test('a bulk build sorts and drops repeated entries', () => {
  const entries = makeEntries(1_000)
  const tree = BlockTree.bulk([...shuffle(seededRng('1'), entries), ...entries.slice(0, 100)])
  checkTree(tree)
  expect(contents(tree)).toEqual(entries)
  expect(contents(BlockTree.bulk([]))).toEqual([])
})

test.each([1, 63, 64, 192, 193, 256, 257, 384, 385, 1_000])('a bulk build of %i keeps the invariants', count => {
  const tree = BlockTree.bulk(makeEntries(count))
  checkTree(tree)
  expect(tree.size).toBe(count)
})

test('what a tree is built from can be changed afterwards', () => {
  const [entry] = makeEntries(1)
  const columns = sortedColumns(entry === undefined ? [] : [entry])
  const tree = BlockTree.fromColumns(columns)
  columns.times.fill(0)
  columns.ids.fill(0)
  expect(contents(tree)).toEqual([entry])
})

test.each([-1, 3, 2 ** 40])('selecting entry %i of three is a range error', index => {
  const tree = BlockTree.bulk(makeEntries(3))
  expect(() => tree.select(index)).toThrow(RangeError)
  expect(() => tree.select(index)).toThrow(`entry ${index} of 3`)
})

test.each([0, 31, 33])('an id of %i bytes is refused', size => {
  expect(() => new BlockTree().insert(1, '00'.repeat(size) as RecordId)).toThrow(ConfigError)
})

test('a sparse tree does not keep nearly empty blocks', () => {
  const entries = makeEntries(20_000)
  const tree = BlockTree.bulk(entries)
  for (const entry of entries) if (!entry[1].startsWith('0')) tree.remove(...entry)
  checkTree(tree)
  expect([...tree.pieces(0, tree.size)].length).toBeLessThanOrEqual(tree.size / BLOCK_ENTRIES_MIN)
})

test('the height of a large tree is logarithmic', () => {
  // At most 1.44 log2(n + 2), Adelson-Velsky and Landis.
  expect(rootOf(grown(makeEntries(30_000))).height).toBeLessThanOrEqual(12)
})

// The check itself: each kind of damage is found.

function rootOf(tree: BlockTree): Block {
  // biome-ignore lint/complexity/useLiteralKeys: only the bracket reaches a private field, to damage it.
  const root = tree['root']
  if (root === null) throw new Error('the tree is empty')
  return root
}

function swapTwo(root: Block): void {
  root.times.subarray(0, 2).reverse()
}

function leanOver(root: Block): void {
  for (let number = 0; number < 2; number += 1) {
    const lowest = new Block(new Float64Array(BLOCK_ENTRIES_MIN), new Uint8Array(32 * BLOCK_ENTRIES_MIN))
    lowest.right = root.right
    root.right = lowest
    lowest.refresh()
  }
  root.refresh()
}

function overfill(root: Block): void {
  while (root.size <= BLOCK_ENTRIES_MAX) root.insert(0, 0, idBytes(sameBytes(0)))
}

function miscount(root: Block): void {
  root.count += 1
}

function loseAnId(root: Block): void {
  root.ids = root.ids.slice(32)
}

function shrink(root: Block): void {
  while (root.size >= BLOCK_ENTRIES_MIN) root.remove(0)
}

test.each([
  [swapTwo, 'not ascending'],
  [leanOver, 'higher by'],
  [overfill, 'a block of 257'],
  [miscount, 'stored were'],
  [loseAnId, 'bytes of ids'],
  [shrink, 'a block of 63'],
])('the check finds damage by %o', (damage, found) => {
  const tree = BlockTree.bulk(sorted(makeEntries(1_000)))
  damage(rootOf(tree))
  expect(() => checkTree(tree)).toThrow(found)
})
