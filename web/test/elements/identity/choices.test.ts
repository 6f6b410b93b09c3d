import { expect, test } from 'vitest'
import { type Choice, choicesOf, LABELS, sayingOf } from '../../../src/elements/identity/choices.ts'
import { IDENTITIES, PenState } from '../../../src/elements/identity/pen.ts'

/** Where a pen can stand, beside the moment in which it opens. */
const STANDS = [
  ['ephemeral', PenState.READY],
  ['vault', PenState.READY],
  ['vault', PenState.LOCKED],
  ['vault', PenState.EMPTY],
  ['extension', PenState.READY],
  ['extension', PenState.AWAY],
] as const

test('wherever a visitor stands, there is a sentence about it, and a way on', () => {
  for (const [identity, state] of STANDS) {
    expect(sayingOf(identity, state)).not.toBe('One moment…')
    expect(choicesOf(identity, state, false).length).toBeGreaterThan(1)
  }
  for (const identity of IDENTITIES) expect(sayingOf(identity, PenState.OPENING)).toBe('One moment…')
})

test('every choice is offered somewhere, and has a label', () => {
  const offered = new Set(STANDS.flatMap(([identity, state]) => choicesOf(identity, state, true)))
  expect([...offered].sort()).toEqual((Object.keys(LABELS) as Choice[]).sort())
})

test('an extension is offered only where there is one', () => {
  expect(choicesOf('ephemeral', PenState.READY, true)).toContain('extension')
  expect(choicesOf('ephemeral', PenState.READY, false)).not.toContain('extension')
})

test('a key that is locked is neither replaced nor exported', () => {
  const choices = choicesOf('vault', PenState.LOCKED, true)
  for (const choice of ['create', 'import', 'export'] as const) expect(choices).not.toContain(choice)
})

test('where the page gave the key, that is said, and nothing can be chosen', () => {
  expect(sayingOf('page', PenState.READY)).toContain('this page')
  expect(choicesOf('page', PenState.READY, true)).toEqual([])
})
