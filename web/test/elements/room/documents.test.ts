import { LitElement } from 'lit'
import { expect, test, vi } from 'vitest'
import { SecretKey } from '../../../src/core/keys.ts'
import type { Doc } from '../../../src/data/types.ts'
import { Documents, fieldsOf, type Question } from '../../../src/elements/room/documents.ts'
import { join } from '../../../src/room/joining.ts'
import { MemorySwarm } from '../../swarm.ts'

/** Stands for the element: what it asks, and whether it is in a page. */
class Host extends LitElement implements Question {
  collection: string | null = 'places'
  schema: unknown = { type: 'object', properties: { name: { type: 'string' } } }
  json: unknown = null
  shared = false
  indexes: string | null = 'name'
  text: string | null = null
  place: string | null = null
  where: unknown = null
  search: string | null = null
  order: string | null = 'name'
  limit: number | null = null
  updates = 0
  isThere = true

  override get isConnected(): boolean {
    return this.isThere
  }

  override requestUpdate(): void {
    this.updates = (this.updates ?? 0) + 1
  }
}

customElements.define('peerset-test-host', Host)

test('the fields of a document are its own and those of its value, at any depth', async () => {
  const room = await join('lobby', {
    store: 'memory',
    transport: new MemorySwarm().transport(),
    key: new SecretKey(new Uint8Array(32).fill(7)),
  })
  const notes = await room.collection('notes')
  const doc: Doc<unknown> = await notes.put('a', { name: 'Lido', at: { lat: 55 }, tags: ['x'], none: null })
  const fields = fieldsOf(doc)
  expect(
    ['key', 'value.name', 'value.at.lat', 'value.tags', 'value.none', 'value.constructor', 'nothing'].map(fields),
  ).toEqual(['a', 'Lido', '55', '["x"]', null, null, null])
  expect(fields('author')).toMatch(/^npub1/)
  expect(fields('value')).toBe(JSON.stringify(doc.value))
  await room.leave()
})

test('a question is asked once, however often the element is drawn, and let go of with its page', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const host = new Host()
  const complaints: string[] = []
  const documents = new Documents(host, { room: () => room, complain: message => complaints.push(message) })
  documents.hostUpdated()
  const opened = await documents.opened()
  host.schema = structuredClone(host.schema)
  documents.hostUpdated()
  expect(await documents.opened()).toBe(opened)
  host.isThere = false
  documents.hostDisconnected()
  await expect(documents.opened()).rejects.toThrow('in a joined room')
  host.isThere = true
  host.collection = null
  documents.hostUpdated()
  await expect.poll(() => complaints).toEqual(['the attribute "collection" is missing: a schema is that of one'])
  expect(documents.failure?.message).toBe(complaints[0])
  await room.leave()
})

test('what did not load is tried again by who asks for the documents', async () => {
  const room = await join('lobby', { store: 'memory', transport: new MemorySwarm().transport() })
  const complaints: string[] = []
  const documents = new Documents(new Host(), { room: () => room, complain: message => complaints.push(message) })
  // What was loaded by the tests before would not be loaded again.
  vi.resetModules()
  vi.doMock('../../../src/data/feed.ts', () => {
    throw new TypeError('Failed to fetch')
  })
  documents.hostUpdated()
  await expect.poll(() => complaints).toHaveLength(1)
  vi.doUnmock('../../../src/data/feed.ts')
  await documents.opened()
  expect(documents.failure).toBeNull()
  expect(complaints).toHaveLength(1)
  await room.leave()
})
