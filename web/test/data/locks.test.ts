import { expect, test } from 'vitest'
import { inTurn } from '../../src/data/locks.ts'
import type { DocumentStore } from '../../src/ports.ts'

test('who writes under one name waits for the one before, and whoever fails holds up nobody', async () => {
  const [documents, others] = [{} as DocumentStore, {} as DocumentStore]
  const done: string[] = []
  let finish = () => {}
  const first = inTurn(documents, 'places/a', async () => {
    await new Promise<void>(resolve => {
      finish = resolve
    })
    done.push('first')
    throw new Error('it fails')
  })
  const second = inTurn(documents, 'places/a', async () => done.push('second'))
  await inTurn(documents, 'places/b', async () => done.push('another name'))
  await inTurn(others, 'places/a', async () => done.push('another room'))
  finish()
  await expect(first).rejects.toThrow('it fails')
  expect(await second).toBe(4)
  expect(done).toEqual(['another name', 'another room', 'first', 'second'])
})
