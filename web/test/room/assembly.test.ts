/** What lies around a node is put together, hears what happens, and is let go whole. */
import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import { roomTag } from '../../src/core/signal.ts'
import { keySigner } from '../../src/identity/signers.ts'
import { readPolicies } from '../../src/moderation/rulebook.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { assemble } from '../../src/room/assembly.ts'
import { Voice } from '../../src/room/peer.ts'
import { key, makeNode, makeRecord, ROOM } from '../protocol/pair.ts'
import { MemorySwarm } from '../swarm.ts'

async function assembled() {
  const [store, voice, told] = [new MemoryStore(), new Voice(), [] as RoomEvent[]]
  await store.bind(roomTag(ROOM))
  const transport = new MemorySwarm().transport()
  const found = { node: makeNode(1, []), store, transport, signer: keySigner(key(1)), voice, lens: null, shelf: null }
  voice.echo = { tell: event => told.push(event), step: () => {} }
  const plan = { name: ROOM, options: {}, rulebook: readPolicies([]), said: null, windowSeconds: null }
  return { store, told, open: await assemble(plan as never, found) }
}

test('what its driver takes is judged, saved and told, and its budgets are shown', async () => {
  const { store, told, open } = await assembled()
  const { parts, release } = open
  parts.driver.start()
  const record = makeRecord(1, { at: parts.driver.now().unix })
  parts.driver.take({ type: 'Published', records: [record] })
  await expect.poll(() => told.map(({ type }) => type)).toContain('RecordAdded')
  expect((await store.entries()).length).toBe(1)
  const events = { name: 'events', used: 0, limit: 1, since: null, count: 0 }
  expect(parts.health(events).budgets.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['disk', 'events', 'given']),
  )
  await parts.tell({ type: 'CurtainChanged' })
  expect(told.at(-1)).toEqual({ type: 'CurtainChanged' })
  await parts.driver.close()
  await release()
  await expect(store.entries()).rejects.toThrow('closed')
})

test('documents of a store that finds none are refused', async () => {
  const { store, open } = await assembled()
  Object.assign(store, { documents: undefined })
  await expect(open.parts.documents()).rejects.toThrow('it has no collections')
  await open.parts.driver.close()
  await open.release()
})
