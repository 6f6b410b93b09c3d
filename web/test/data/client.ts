/** What a page's own code of collections looks like to the compiler: checked under the strictest flags. */

import {
  type Batch,
  type Collection,
  type Doc,
  type LiveQuery,
  type Page,
  type Room,
  SchemaError,
  type StandardSchema,
} from 'peerset'

interface Place {
  readonly title: string
  readonly stars?: number
  readonly tags: readonly string[]
  readonly at: { readonly lat: number; readonly lon: number } | null
}

declare const room: Room
declare const validator: StandardSchema<Place>

/** Types come from the validator, or are said beside a JSON Schema. */
export async function declare(): Promise<Collection<Place>> {
  const inferred = await room.collection('places', { schema: validator, text: 'title', place: 'at' })
  const said: Collection<Place> = await room.collection<Place>('places', { schema: { type: 'object' }, shared: true })
  const anything = await room.collection('anything')
  await anything.add({ whatever: [1, null] })
  // @ts-expect-error a function is no JSON
  await anything.add(() => 1)
  await room.collection('kept', { ttlSeconds: 86_400, keep: true })
  await room.fold(inferred, 0, (count, { value }) => count + value.tags.length, { name: 'tags', version: 2 })
  // @ts-expect-error there is no such option
  await room.collection('places', { index: ['title'] })
  return inferred ?? said
}

/** Values and conditions are those of the type. */
export async function ask(places: Collection<Place>): Promise<Page<Place>> {
  const doc: Doc<Place> = await places.put('zoo', { title: 'Zoo', tags: [], at: null }, { expected: null })
  await places.add(doc.value, { follows: [doc, doc.id], ttlSeconds: 60 })
  await places.update('zoo', value => ({ ...(value ?? doc.value), title: 'New' }))
  // @ts-expect-error it has no title
  await places.add({ tags: [], at: null })
  await places.find({
    title: { prefix: 'Z' },
    stars: { gte: 4 },
    'at.lat': { lt: 50 },
    tags: { has: 'red' },
    key: 'zoo',
  })
  await places.find({
    any: [{ stars: 4 }, { at: { near: [52.5, 13.4, 1_000] } }],
    author: room.key,
    time: { gte: '2h' },
  })
  // @ts-expect-error there is no such field
  await places.find({ name: 'Zoo' })
  // @ts-expect-error stars are numbers
  await places.find({ stars: { gte: 'four' } })
  // @ts-expect-error nor is there one to sort by
  await places.find({}, { order: '-name' })
  return await places.find({}, { order: ['-stars', 'time'], limit: 20, text: 'zoo*', at: '2026-01-31' })
}

/** What is written together has the types of its collections. */
export async function write(places: Collection<Place>): Promise<readonly Doc<unknown>[]> {
  const batch: Batch = await room.batch()
  await batch.put(places, 'zoo', { title: 'Zoo', tags: [], at: null }, { expected: null, ttlSeconds: 60 })
  await batch.delete(places, 'park', { expected: 'ab'.repeat(32) })
  // @ts-expect-error it has no title
  await batch.add(places, { tags: [], at: null }, { follows: [] })
  return await batch.commit({ atomic: true })
}

/** What React's useSyncExternalStore and Svelte's stores take. */
export async function follow(places: Collection<Place>): Promise<readonly Doc<Place>[]> {
  const live: LiveQuery<Place> = await places.live({ stars: { gte: 4 } }, { order: '-stars', limit: 20 })
  const store: { subscribe(run: (docs: readonly Doc<Place>[]) => void): () => void } = live
  store.subscribe(docs => docs.map(({ value }) => value.title))()
  const external = (subscribe: (onChange: () => void) => () => void, snapshot: () => readonly Doc<Place>[]) => {
    return subscribe(() => {}) && snapshot()
  }
  for await (const { added } of live) for (const [index, doc] of added) return [{ ...doc, key: `${index}` }]
  return external(live.subscribe, live.getSnapshot)
}

/** Whatever a collection gives back is of its type. */
export async function read(places: Collection<Place>): Promise<readonly (string | number)[]> {
  await places.ready()
  const slow: readonly string[] = room.queries
    .filter(({ p50, count }) => p50 > 0.1 && count > 1)
    .map(({ query }) => query)
  const one: Doc<Place> | null = await places.get('zoo', { author: room.key, at: '1h' })
  const several: readonly Doc<Place>[] = [...(await places.heads()), ...(await places.history('zoo'))]
  const titles = several.map(({ value }) => value.title)
  for await (const doc of places.all({ title: 'Zoo' }, { order: 'title', author: room.key }))
    titles.push(doc.value.title)
  const count: number = await places.count({ stars: 4 }, { text: 'zoo' })
  const rows = await places.aggregate({ n: 'count', best: 'max:stars' }, { where: { stars: { gt: 1 } }, by: 'title' })
  const { index, rowsRead, advice } = await places.explain({ title: 'Zoo' }, { order: '-stars' })
  const misfits = (await places.misfits()).map(({ content }) => content)
  // @ts-expect-error there is no such field
  await places.count({ name: 4 })
  // @ts-expect-error nobody counts from a place on
  await places.count({}, { after: null })
  return [one?.value.title ?? '', ...titles, count, rows.length, `${index}`, rowsRead, advice, ...misfits, ...slow]
}

/** What ends, ends by the same names as in Python. */
export async function end(places: Collection<Place>): Promise<number> {
  const doc = await places.append({ title: 'Zoo', tags: [], at: null }, { ttlSeconds: 60 })
  const gone: Doc<Place> = await places.delete('zoo', { expected: doc })
  const live: LiveQuery<Place> = await places.watch('zoo', { author: room.key })
  await live.grow(1)
  live.close()
  // @ts-expect-error a live query is about now
  await places.live({}, { at: '1h' })
  // @ts-expect-error and about the first there are
  await places.live({}, { after: null })
  await places.remove(gone)
  return await places.erase('zoo')
}

/** Errors say where. */
export function pathOf(error: unknown): string | null {
  return error instanceof SchemaError ? error.path : null
}
