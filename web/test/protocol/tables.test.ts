/** Transitions, weights and layouts, compared with those of Python. */
import { expect, test } from 'vitest'
import tables from '../../../tests/vectors/tables.json'
import { BLOB_TYPES, GoodbyeReason, INTRODUCTION_TYPES, LIVE_TYPES, Role, SYNC_TYPES } from '../../src/core/message.ts'
import { LAYOUTS } from '../../src/core/wire.ts'
import * as batch from '../../src/protocol/batch.ts'
import * as introductions from '../../src/protocol/introductions.ts'
import * as retention from '../../src/protocol/retention.ts'
import * as session from '../../src/protocol/session.ts'
import * as strikes from '../../src/protocol/strikes.ts'
import * as sync from '../../src/protocol/sync.ts'

type Names = { readonly [name: string]: string | number }
type Table = { readonly [state: string]: { readonly [cause: string]: string | number | null | undefined } }

const MACHINES = new Map<string, readonly [states: Names, table: Table]>([
  ['session', [session.State, session.TRANSITIONS]],
  ['sync', [sync.State, sync.TRANSITIONS]],
  ['batch', [batch.State, batch.TRANSITIONS]],
  ['strikes', [strikes.StrikeState, strikes.TRANSITIONS]],
  ['retention', [retention.CollectionState, retention.TRANSITIONS]],
  ['introductions', [introductions.AskState, introductions.TRANSITIONS]],
])

/** Give *table* with its states in words; a state that nothing leaves has no row. */
function inWords(states: Names, table: Table) {
  const names = new Map(Object.entries(states).map(([name, value]) => [String(value), wordsOf(name)]))
  const wordFor = (state: string | number) => names.get(String(state)) ?? `no state ${state}`
  const rows = Object.entries(table).map(([state, row]) => {
    const arrows = Object.entries(row).map(([cause, after]) => [cause, after == null ? null : wordFor(after)])
    return [wordFor(state), Object.fromEntries(arrows)] as const
  })
  return Object.fromEntries(rows.filter(([, row]) => Object.keys(row).length > 0))
}

function wordsOf(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ')
}

test.each([...MACHINES])('%s goes from state to state as it does in Python', (name, [states, table]) => {
  expect(inWords(states, table)).toEqual(new Map<string, unknown>(Object.entries(tables.transitions)).get(name))
})

test('every machine of the table is compared', () => {
  expect([...MACHINES.keys()]).toEqual(Object.keys(tables.transitions))
})

test('every fault costs what it costs in Python', () => {
  expect(strikes.WEIGHTS).toEqual(tables.weights)
})

test('every message has the fields that it has in Python, in their order', () => {
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  const layouts = Array.from(LAYOUTS.values(), ({ kind, fields, bytesMax }) => ({
    kind,
    fields: fields.map(([name, { itemsMax }]) => [snake(name), itemsMax]),
    bytes_max: bytesMax,
  }))
  const theirs = Object.values(tables.layouts).map(layout => ({ ...layout, fields: Object.entries(layout.fields) }))
  expect(layouts).toEqual(theirs)
})

test('choices have the numbers, and families the members, that they have in Python', () => {
  expect({ Role, GoodbyeReason }).toEqual(tables.choices)
  expect({ sync: SYNC_TYPES, live: LIVE_TYPES, introduction: INTRODUCTION_TYPES, blob: BLOB_TYPES }).toEqual(
    tables.families,
  )
})
