/** What a visitor can do about who they are, where they stand. */

import type { Lock } from '../../identity/vault.ts'
import { type Author, PenState } from './pen.ts'

/** One thing to do; its button says it in other words. */
export type Choice =
  | 'keep'
  | 'create'
  | 'import'
  | 'export'
  | 'forget'
  | 'add passkey'
  | 'drop passkey'
  | 'set passphrase'
  | 'drop passphrase'
  | 'open'
  | 'renew'
  | 'leave'
  | 'extension'
  | 'log in'
  | 'log out'

/** What the buttons say. */
export const LABELS: { readonly [choice in Choice]: string } = {
  keep: 'Keep this key…',
  create: 'Create a key…',
  import: 'Import a key…',
  export: 'Export…',
  forget: 'Forget the key…',
  'add passkey': 'Add a passkey…',
  'drop passkey': 'Remove the passkey…',
  'set passphrase': 'Set a passphrase…',
  'drop passphrase': 'Remove the passphrase…',
  open: 'Open my key',
  renew: 'New key',
  leave: 'Use a fresh key',
  extension: 'Use the extension',
  'log in': 'Log in with the extension',
  'log out': 'Log out',
}

/** List what can be done, the likeliest first; *locks* are those of the vault. */
export function choicesOf(
  identity: Author,
  state: PenState,
  hasExtension: boolean,
  locks: readonly Lock[],
): readonly Choice[] {
  const extension: readonly Choice[] = hasExtension ? ['extension'] : []
  if (identity === 'page') return []
  if (identity === 'extension') return [state === PenState.AWAY ? 'log in' : 'log out', 'leave']
  if (identity === 'ephemeral') return ['keep', 'import', 'open', ...extension, 'renew']
  if (state === PenState.EMPTY) return ['create', 'import', 'leave', ...extension]
  if (state === PenState.LOCKED) return ['forget', 'leave', ...extension]
  return ['log out', ...(LOCK_CHOICES[locks.join(' ')] ?? []), 'forget']
}

/** What can be done about each set of locks. */
const LOCK_CHOICES: { readonly [locks: string]: readonly Choice[] } = {
  passphrase: ['export', 'add passkey'],
  passkey: ['set passphrase'],
  'passphrase passkey': ['export', 'drop passkey', 'drop passphrase'],
}

/** Say what is shown of an identity: its story in a sentence. */
export function sayingOf(identity: Author, state: PenState, locks: readonly Lock[]): string {
  const saying = SAYINGS[`${identity} ${state}`] ?? 'One moment…'
  return saying.replace('LOCKS', locks.join(' or '))
}

const SAYINGS: { readonly [stand: string]: string } = {
  'ephemeral ready': 'A fresh key, gone when this page is closed.',
  'page ready': 'The key that this page writes with.',
  'vault ready': 'Your key, kept in this browser under its LOCKS.',
  'vault locked': 'Your key is locked: its LOCKS lets you write.',
  'vault empty': 'This browser keeps no key of yours yet.',
  'extension ready': 'Your browser extension signs; the key never leaves it.',
  'extension away': 'You are not logged in with a browser extension (NIP-07).',
}
