import { test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { checkStore } from './checkStore.ts'

test('the memory store keeps the contract of stores', async () => {
  await checkStore(async () => new MemoryStore())
})
