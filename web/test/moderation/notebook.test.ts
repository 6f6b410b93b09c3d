import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Notebook } from '../../src/moderation/notebook.ts'
import type { RoomEvent } from '../../src/notices.ts'

const DELAY_SECONDS = 5

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A notebook whose disk counts saves, and may refuse them. */
function keep() {
  const disk = { isFull: false, saves: 0, tries: 0 }
  const events: RoomEvent[] = []
  const save = async () => {
    disk.tries += 1
    if (disk.isFull) throw new Error('the disk is full')
    disk.saves += 1
  }
  const onEvent = (event: RoomEvent) => events.push(event)
  return { disk, events, notebook: new Notebook(save, { title: 'what matters', delaySeconds: DELAY_SECONDS, onEvent }) }
}

async function pass(delays: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(delays * DELAY_SECONDS * 1_000)
}

test('changes that come close together are saved together', async () => {
  const { disk, notebook } = keep()
  for (let count = 0; count < 100; count += 1) notebook.saveSoon()
  await pass(0.9)
  expect(disk.saves).toBe(0)
  await pass(10)
  expect(disk.saves).toBe(1)
  notebook.saveSoon()
  await pass(2)
  expect(disk.saves).toBe(2)
})

test('a full disk is tried again until it has room, and told of once', async () => {
  const { disk, events, notebook } = keep()
  disk.isFull = true
  notebook.saveSoon()
  await pass(10)
  expect([disk.saves, disk.tries > 5]).toEqual([0, true])
  disk.isFull = false
  await pass(10)
  expect(disk.saves).toBe(1)
  expect(events).toEqual([{ type: 'StorageFailed', reason: 'what matters: the disk is full' }])
})

test('what was not saved yet is saved at the end, and nothing after it', async () => {
  const { disk, notebook } = keep()
  notebook.saveSoon()
  await notebook.close()
  notebook.saveSoon()
  expect([disk.saves, vi.getTimerCount()]).toEqual([1, 0])
})

test('a disk that is full at the end is told of, and keeps nobody', async () => {
  const { disk, events, notebook } = keep()
  disk.isFull = true
  await notebook.close()
  expect([events.length, vi.getTimerCount()]).toEqual([1, 0])
})
