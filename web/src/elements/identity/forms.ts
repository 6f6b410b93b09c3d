/** The forms of `<peerset-identity>`. */

import { html, nothing, type TemplateResult } from 'lit'
import { npub } from '../../core/keys.ts'
import type { Pen } from './pen.ts'

/** What a visitor may be asked for. */
export type Form =
  | 'keep'
  | 'import'
  | 'unlock'
  | 'export'
  | 'forget'
  | 'add passkey'
  | 'drop passkey'
  | 'set passphrase'
  | 'drop passphrase'

/** The words of one form. */
export interface FormWords {
  readonly title: string
  readonly words: string
  /** What its button says. */
  readonly action: string
  /** It cannot be undone. */
  readonly isGrave: boolean
}

const FORMS: { readonly [form in Form]: FormWords } = {
  keep: {
    title: 'Keep a key in this browser',
    words: 'A passphrase of at least 8 characters seals it (NIP-49). Nobody can recover a lost passphrase.',
    action: 'Keep the key',
    isGrave: false,
  },
  import: {
    title: 'Import a key',
    words: 'As nsec, hex digits or words, which the passphrase seals in this browser, or as ncryptsec, which it opens.',
    action: 'Import the key',
    isGrave: false,
  },
  unlock: { title: '', words: '', action: 'Unlock', isGrave: false },
  export: {
    title: 'Export the key',
    words: 'Sealed under its passphrase (NIP-49): any browser with both is you.',
    action: 'Done',
    isGrave: false,
  },
  forget: {
    title: 'Forget the key?',
    words: 'Without an export or another copy it is lost for good, and nobody can delete its records any more.',
    action: 'Forget it',
    isGrave: true,
  },
  'add passkey': {
    title: 'Open the key by a passkey',
    words: 'Your device asks you twice: to make it, and to try it. The passphrase stays the way back.',
    action: 'Make a passkey',
    isGrave: false,
  },
  'drop passkey': {
    title: 'Remove the passkey?',
    words: 'The passphrase alone opens the key then.',
    action: 'Remove the passkey',
    isGrave: false,
  },
  'set passphrase': {
    title: 'Set a passphrase',
    words: 'It opens the key, too, and an export: at least 8 characters, which nobody can recover.',
    action: 'Set the passphrase',
    isGrave: false,
  },
  'drop passphrase': {
    title: 'Remove the passphrase?',
    words:
      'The passkey alone opens the key then, and is asked for now. Whoever loses it loses the key: export that first, or have its words or nsec elsewhere.',
    action: 'Remove the passphrase',
    isGrave: true,
  },
}

/** Give the words of *form*. */
export function formOf(form: Form): FormWords {
  return FORMS[form]
}

/** A field whose text nobody sees over a shoulder. */
export function secretField(name: string, label: string, autocomplete: AutoFill): TemplateResult {
  return html`<label>
    <span>${label}</span>
    <input type="password" name=${name} autocomplete=${autocomplete} required spellcheck="false" />
  </label>`
}

/** Tells programs that keep passphrases whose key it is. */
export function ownerField(pen: Pen | null): TemplateResult | typeof nothing {
  if (pen === null) return nothing
  return html`<input class="unseen" type="text" name="username" autocomplete="username" .value=${npub(pen.publicKey)} tabindex="-1" aria-hidden="true" readonly />`
}

/** A text to be copied. */
export function field(label: string, text: string): TemplateResult {
  return html`<label>
    <span>${label}</span>
    <textarea class="mono" readonly rows="4" .value=${text} @focus=${selectAll}></textarea>
  </label>`
}

function selectAll(event: Event): void {
  const field = event.target as HTMLTextAreaElement
  field.select()
}
