import { expect, test } from 'vitest'
import {
  BLOCK_ENTRIES_MAX,
  Block,
  checkIdSize,
  type Entry,
  idBytes,
  prefixBytes,
  sortedColumns,
} from '../../src/core/block.ts'
import type { RecordId } from '../../src/core/record.ts'
import { ConfigError } from '../../src/errors.ts'
import { sameBytes } from './entries.ts'

const LOW = sameBytes(0)
const MIDDLE = `80${'00'.repeat(31)}` as RecordId
const HIGH = sameBytes(255)

function makeBlock(): Block {
  const { times, ids } = sortedColumns([
    [5, LOW],
    [5, HIGH],
    [9, MIDDLE],
  ])
  return new Block(times, ids)
}

function contents(block: Block): Entry[] {
  return Array.from({ length: block.size }, (_, position) => block.entry(position))
}

test('a position counts the entries before a bound', () => {
  const bounds: [number, string][] = [
    [4, HIGH],
    [5, ''],
    [5, '00'],
    [5, '80'],
    [5, HIGH],
    [5, `${HIGH}78`],
    [9, MIDDLE],
    [10, ''],
  ]
  const positions = bounds.map(([createdAt, prefix]) => makeBlock().position(createdAt, prefixBytes(prefix)))
  expect(positions).toEqual([0, 0, 0, 1, 1, 2, 2, 3])
})

test('a block knows whether it lies beside a bound', () => {
  const block = makeBlock()
  expect(block.startsAfter(4, prefixBytes(''))).toBe(true)
  expect(block.startsAfter(5, prefixBytes(''))).toBe(true)
  expect(block.startsAfter(5, prefixBytes(LOW))).toBe(false)
  expect(block.endsBefore(10, prefixBytes(''))).toBe(true)
  expect(block.endsBefore(9, prefixBytes(HIGH))).toBe(true)
  expect(block.endsBefore(9, prefixBytes(MIDDLE))).toBe(false)
})

test('a block holds an entry only with time and id', () => {
  const block = makeBlock()
  expect(block.holds(1, 5, idBytes(HIGH))).toBe(true)
  expect(block.holds(1, 5, idBytes(MIDDLE))).toBe(false)
  expect(block.holds(1, 6, idBytes(HIGH))).toBe(false)
  expect(block.holds(3, 9, idBytes(MIDDLE))).toBe(false)
})

test('inserting and removing keeps times and ids side by side', () => {
  const block = makeBlock()
  block.insert(1, 5, idBytes(MIDDLE))
  expect(contents(block)).toEqual([
    [5, LOW],
    [5, MIDDLE],
    [5, HIGH],
    [9, MIDDLE],
  ])
  block.remove(0)
  expect(contents(block)).toEqual([
    [5, MIDDLE],
    [5, HIGH],
    [9, MIDDLE],
  ])
})

test('a block grows to one entry more than it may hold, and no further than it must', () => {
  const block = makeBlock()
  for (let createdAt = 10; block.size <= BLOCK_ENTRIES_MAX; createdAt += 1)
    block.insert(block.size, createdAt, idBytes(LOW))
  expect(block.times.length).toBe(BLOCK_ENTRIES_MAX + 1)
  expect(contents(block).slice(0, 4)).toEqual([...contents(makeBlock()), [10, LOW]])
})

test('a split moves the upper half', () => {
  const lower = makeBlock()
  const upper = lower.split()
  expect(contents(lower)).toEqual([[5, LOW]])
  expect(contents(upper)).toEqual([
    [5, HIGH],
    [9, MIDDLE],
  ])
})

test('sums cover both sides', () => {
  const node = makeBlock()
  node.left = makeBlock()
  node.refresh()
  expect([node.count, node.height, node.leftCount, node.lean]).toEqual([6, 2, 3, 1])
  node.left = null
  node.right = makeBlock()
  node.refresh()
  expect([node.count, node.height, node.leftCount, node.lean]).toEqual([6, 2, 0, -1])
})

test('columns are sorted and repeated entries count once', () => {
  const block = new Block(
    ...columnsOf([
      [9, MIDDLE],
      [5, HIGH],
      [9, MIDDLE],
      [5, LOW],
    ]),
  )
  expect(contents(block)).toEqual(contents(makeBlock()))
  expect(sortedColumns([])).toEqual({ times: new Float64Array(0), ids: new Uint8Array(0) })
})

function columnsOf(entries: Entry[]): [Float64Array, Uint8Array] {
  const { times, ids } = sortedColumns(entries)
  return [times, ids]
}

test('the entries that are given stay in their order', () => {
  const given: Entry[] = [
    [9, MIDDLE],
    [5, HIGH],
  ]
  sortedColumns(given)
  expect(given[0]).toEqual([9, MIDDLE])
})

test('ids of another length are refused even when the sum is right', () => {
  const [short, long] = ['00'.repeat(31), '00'.repeat(33)] as [RecordId, RecordId]
  expect(() =>
    sortedColumns([
      [1, short],
      [2, long],
    ]),
  ).toThrow('an id of 31 bytes; ids have 32')
  expect(() => checkIdSize(long)).toThrow(ConfigError)
  expect(() => idBytes(short)).toThrow(ConfigError)
})

test.each(['0', 'FF', 'g0', '0g', '/0', ':0', '0`', '\u0130\u0130', 'é0'])('%j is no hex', text => {
  expect(() => prefixBytes(text)).toThrow(ConfigError)
  expect(() => prefixBytes(text)).toThrow('is no lower-case hex')
})

test('every byte is read from its hex digits', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  expect(prefixBytes(Buffer.from(bytes).toString('hex'))).toEqual(bytes)
})
