import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Asked } from './element.page.ts'
import { run, visits } from './visit.ts'

const visit = visits()

const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string' }, stars: { type: 'integer' }, at: { type: 'object' } },
  required: ['name', 'stars'],
}
const MARKUP = `
  <template slot="item">
    <style>b { color: teal }</style>
    <b data-field="value.name"></b> <i data-field="value.stars"></i> <u data-field="key"></u>
    <button data-action="delete">Remove</button>
  </template>
  <template slot="empty">No place yet.</template>`

function showing(asked: Asked, attributes: { readonly [name: string]: string } = {}) {
  return {
    attributes: { room: 'lobby', collection: 'places', ...attributes },
    markup: MARKUP,
    asked: { schema: SCHEMA, ...asked },
  }
}

async function names(room: Locator, expected: readonly string[]): Promise<void> {
  await expect.poll(() => room.locator('[part~=record] b').allTextContents()).toEqual(expected)
}

test('documents are shown through the slots, in order, and follow what is written here and elsewhere', async () => {
  const [page, room] = await visit.meet(showing({ order: '-stars' }))
  await room.getByText('No place yet.').waitFor()
  await run(page, 'put', { key: 'lido', value: { name: 'Lido', stars: 3 } })
  await names(room, ['Lido'])
  await run(page, 'theyPut', { name: 'places', key: 'arena', value: { name: 'Arena', stars: 5 } })
  await names(room, ['Arena', 'Lido'])
  await run(page, 'put', { key: 'lido', value: { name: 'Lido Beach', stars: 9 } })
  await names(room, ['Lido Beach', 'Arena'])
  await expect.poll(() => room.locator('[part~=record] u').allTextContents()).toEqual(['lido', 'arena'])
  await expect.poll(() => room.locator('textarea').count()).toBe(0)
})

test('other conditions show other documents, and only own ones can be deleted', async () => {
  const [page, room] = await visit.meet(showing({ order: 'name' }))
  await run(page, 'put', { key: 'lido', value: { name: 'Lido', stars: 3 } })
  await run(page, 'theyPut', { name: 'places', key: 'arena', value: { name: 'Arena', stars: 5 } })
  await names(room, ['Arena', 'Lido'])
  await run(page, 'ask', { where: { stars: { gte: 4 } } })
  await names(room, ['Arena'])
  await run(page, 'ask', { where: null, limit: 1 })
  await names(room, ['Arena'])
  await run(page, 'ask', { limit: null })
  await names(room, ['Arena', 'Lido'])
  await room.getByRole('button', { name: 'Remove' }).click()
  await names(room, ['Arena'])
})

test('what does not fit the schema is left out, and markup in a value is text', async () => {
  const [page, room] = await visit.meet(showing({}))
  await run(page, 'theyPut', { name: 'places', key: 'odd', value: { name: 'Odd', stars: 'many' } })
  await run(page, 'theyPut', { name: 'places', key: 'even', value: { name: '<img src=x>', stars: 2 } })
  await names(room, ['<img src=x>'])
  await expect.poll(() => room.locator('img').count()).toBe(0)
})

test('a schema without a collection, or a question that cannot be meant, is told', async () => {
  const [page, room] = await visit.meet({ attributes: { room: 'lobby' }, asked: { schema: SCHEMA } })
  await room.getByText('the attribute "collection" is missing').waitFor()
  await room.evaluate(element => element.setAttribute('collection', 'places'))
  await run(page, 'ask', { where: { nothing: 1 } })
  await room.locator('[role=alert]', { hasText: 'no field "nothing"' }).waitFor()
  const told = (await run(page, 'heard', 'peerset-error')) as { readonly message: string }[]
  expect(told.map(({ message }) => message).join()).toMatch(/collection.*nothing/s)
})

test('without a template each document is its key and its fields', async () => {
  const [page, room] = await visit.meet({ ...showing({}), markup: '' })
  await run(page, 'put', { key: 'lido', value: { name: 'Lido', stars: 3 } })
  await expect.poll(() => room.locator('[part=content]').textContent()).toMatch(/lido\s+name\s+Lido\s+stars\s+3/)
})

test('documents are found by their words and their place, as attributes say', async () => {
  const attributes = { text: 'name', place: 'at', schema: JSON.stringify(SCHEMA), search: 'lake*' }
  const [page, room] = await visit.meet({ ...showing({}, attributes), asked: {} })
  const at = (lat: number) => ({ lat, lon: 13.4 })
  await run(page, 'put', { key: 'a', value: { name: 'Lakeside', stars: 3, at: at(52.5) } })
  await run(page, 'put', { key: 'b', value: { name: 'Lake far away', stars: 3, at: at(10) } })
  await run(page, 'put', { key: 'c', value: { name: 'Hill', stars: 3, at: at(52.5) } })
  await room.evaluate(element => element.setAttribute('order', 'name'))
  await names(room, ['Lake far away', 'Lakeside'])
  await room.evaluate(element => element.setAttribute('where', '{"at": {"near": [52.5, 13.4, 1000]}}'))
  await names(room, ['Lakeside'])
  await run(page, 'ask', { search: null })
  await names(room, ['Hill', 'Lakeside'])
})

test('what is shared is one document for all, which anybody may delete', async () => {
  const [page, room] = await visit.meet(showing({}, { shared: '' }))
  await run(page, 'put', { key: 'lido', value: { name: 'Lido', stars: 3 } })
  await names(room, ['Lido'])
  await run(page, 'theyPut', { name: 'places', key: 'lido', value: { name: 'Lido Beach', stars: 5 }, shared: true })
  await names(room, ['Lido Beach'])
  await room.getByRole('button', { name: 'Remove' }).click()
  await room.getByText('No place yet.').waitFor()
})

test('a schema that is a text and no JSON is told', async () => {
  const [, room] = await visit.meet(showing({}, { schema: '{type: object}' }))
  await run(room.page(), 'ask', { schema: '{type: object}' })
  await room.locator('[role=alert]', { hasText: 'the attribute "schema" is wrong' }).waitFor()
})
