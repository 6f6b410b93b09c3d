import { expect, test } from 'vitest'
import { type Choice, choicesOf, LABELS, sayingOf } from '../../../src/elements/identity/choices.ts'
import { type Author, IDENTITIES, PenState } from '../../../src/elements/identity/pen.ts'
import type { Lock } from '../../../src/identity/vault.ts'

/** Where a pen can stand, beside the moment in which it opens, and what opens its vault. */
const STANDS: readonly [Author, PenState, readonly Lock[]][] = [
  ['ephemeral', PenState.READY, []],
  ['vault', PenState.READY, ['passphrase']],
  ['vault', PenState.READY, ['passkey']],
  ['vault', PenState.READY, ['passphrase', 'passkey']],
  ['vault', PenState.LOCKED, ['passphrase', 'passkey']],
  ['vault', PenState.EMPTY, []],
  ['extension', PenState.READY, []],
  ['extension', PenState.AWAY, []],
]

test('wherever a visitor stands, there is a sentence about it, and a way on', () => {
  for (const [identity, state, locks] of STANDS) {
    expect(sayingOf(identity, state, locks)).not.toMatch(/One moment…|LOCKS/)
    expect(choicesOf(identity, state, false, locks).length).toBeGreaterThan(1)
  }
  for (const identity of IDENTITIES) expect(sayingOf(identity, PenState.OPENING, [])).toBe('One moment…')
})

test('every choice is offered somewhere, and has a label', () => {
  const offered = new Set(STANDS.flatMap(([identity, state, locks]) => choicesOf(identity, state, true, locks)))
  expect([...offered].sort()).toEqual((Object.keys(LABELS) as Choice[]).sort())
})

test('an extension is offered only where there is one', () => {
  expect(choicesOf('ephemeral', PenState.READY, true, [])).toContain('extension')
  expect(choicesOf('ephemeral', PenState.READY, false, [])).not.toContain('extension')
})

test('a key that is locked is neither replaced nor exported', () => {
  const choices = choicesOf('vault', PenState.LOCKED, true, ['passphrase'])
  for (const choice of ['create', 'import', 'export'] as const) expect(choices).not.toContain(choice)
})

test('where the page gave the key, that is said, and nothing can be chosen', () => {
  expect(sayingOf('page', PenState.READY, [])).toContain('this page')
  expect(choicesOf('page', PenState.READY, true, [])).toEqual([])
})

test('the only lock of a vault is never taken away, and what no passphrase seals is not exported', () => {
  const choices = (...locks: Lock[]) => choicesOf('vault', PenState.READY, false, locks)
  expect(choices('passphrase')).not.toContain('drop passphrase')
  expect(choices('passkey')).not.toContain('drop passkey')
  expect(choices('passkey')).not.toContain('export')
  expect(choices('passkey')).toContain('set passphrase')
})
