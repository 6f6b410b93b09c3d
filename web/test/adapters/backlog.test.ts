import { expect, test } from 'vitest'
import { Backlog } from '../../src/adapters/backlog.ts'
import { SEND_QUEUE_BYTES_PER_PEER_MAX, SEND_QUEUE_HIGH_BYTES, SEND_QUEUE_LOW_BYTES } from '../../src/core/limits.ts'

test('it is clogged from the high mark until the low one, and each is told once', () => {
  const told: boolean[] = []
  const backlog = new Backlog(isClogged => told.push(isClogged))
  backlog.add(SEND_QUEUE_HIGH_BYTES)
  expect(told).toEqual([])
  backlog.add(1)
  backlog.add(1)
  expect(told).toEqual([true])
  backlog.add(SEND_QUEUE_LOW_BYTES - SEND_QUEUE_HIGH_BYTES)
  expect(told).toEqual([true])
  backlog.add(-2)
  expect(told).toEqual([true, false])
})

test('it is full past all that it may hold', () => {
  const backlog = new Backlog(() => {})
  backlog.add(SEND_QUEUE_BYTES_PER_PEER_MAX)
  expect(backlog.isFull).toBe(false)
  backlog.add(1)
  expect(backlog.isFull).toBe(true)
})
