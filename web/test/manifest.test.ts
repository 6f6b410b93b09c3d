import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Declaration, manifest } from '../scripts/manifest.ts'
import { PeersetDashboard, PeersetRoom } from '../src/elements.ts'

const { modules } = manifest() as { modules: { declarations: Declaration[] }[] }
const [room, dashboard] = modules.flatMap(({ declarations }) => declarations) as [Declaration, Declaration]

function names(entries: readonly { readonly name: string }[]): string[] {
  return entries.map(({ name }) => name)
}

test('the manifest describes every attribute that the elements observe', () => {
  expect(names(room.attributes).sort()).toEqual([...PeersetRoom.observedAttributes].sort())
  expect(names(dashboard.attributes).sort()).toEqual([...PeersetDashboard.observedAttributes].sort())
  expect(room.attributes.filter(({ description }) => !description)).toEqual([])
  const app = room.attributes.find(({ name }) => name === 'hidden-ui')
  expect(app).toMatchObject({ fieldName: 'hiddenUi', reflects: true, type: { text: 'boolean' } })
})

test('the manifest describes every event, with what it brings', () => {
  const events = ['peerset-record', 'peerset-rejected', 'peerset-peer', 'peerset-sync', 'peerset-error']
  expect(names(room.events)).toEqual(events)
  for (const { description, type } of room.events) {
    expect(description).toMatch(/\.$/)
    expect(type).toMatchObject({ text: expect.stringMatching(/^CustomEvent<.+>$/) })
  }
})

test('the manifest describes what pages call', () => {
  const methods = room.members.filter(({ kind }) => kind === 'method')
  expect(names(methods)).toEqual(['publish', 'delete', 'records', 'documents', 'synced', 'leave'])
  expect(methods.filter(({ description }) => !description)).toEqual([])
})

test('the manifest lists the parts and slots that the element speaks of', () => {
  const source = readFileSync(new URL('../src/elements/room/element.ts', import.meta.url), 'utf8')
  const [, told = ''] = /Its parts:\n([\s\S]*?)\./.exec(source) ?? []
  const parts = told.replaceAll(/[*`]/g, ' ').trim().split(/\s+/)
  expect(names(room.cssParts)).toEqual(parts.sort())
  expect(names(room.slots)).toEqual(['empty', 'error', 'item'])
})

test('the manifest lists the custom properties with their defaults', () => {
  for (const declaration of [room, dashboard]) {
    expect(names(declaration.cssProperties)).toContain('--peerset-accent')
    expect(declaration.cssProperties.filter(({ default: value }) => !value)).toEqual([])
  }
})
