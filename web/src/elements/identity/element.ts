/**
 * `<peerset-identity>`: who writes in this page, and every way to change it.
 *
 * A part of the other elements, which give it a `pen`; it takes its colours from them.
 */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { npub, type SecretKey } from '../../core/keys.ts'
import { unreachable } from '../../core/unreachable.ts'
import type { Vault } from '../../identity/vault.ts'
import { hueOf, initialsOf } from '../author.ts'
import { base } from '../theme.ts'
import { type Choice, choicesOf, LABELS, sayingOf } from './choices.ts'
import { type Form, field, formOf, ownerField, secretField } from './forms.ts'
import { type Pen, PenState } from './pen.ts'
import { identityStyles } from './styles.ts'

/** Shows the key of a pen, and its forms. */
export class PeersetIdentity extends LitElement {
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true }
  static override properties = { pen: { attribute: false } }
  static override styles = [base, identityStyles]

  /** Whose identity is shown and changed; nothing is shown without. */
  declare pen: Pen | null
  #form: Form | null = null
  /** What an export gave. */
  #sealed = ''
  #isBusy = false
  #failure = ''
  #stop: () => void = () => {}

  constructor() {
    super()
    this.pen = null
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop()
    this.#close()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#watch()
  }

  /** Take the focus, once there is something to take it. */
  async enter(): Promise<void> {
    await this.updateComplete
    this.focus()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('pen')) this.#watch()
  }

  protected override render(): TemplateResult | typeof nothing {
    const { pen } = this
    if (pen === null) return nothing
    const { publicKey, state } = pen
    const isKnown = state === PenState.READY || state === PenState.LOCKED
    return html`<section part="identity" aria-label="Identity">
      ${
        isKnown
          ? html`<div class="key">
              <span class="swatch" .style=${`--hue: ${hueOf(publicKey)}`} aria-hidden="true">${initialsOf(publicKey)}</span>
              <code class="mono" part="npub">${npub(publicKey)}</code>
            </div>`
          : nothing
      }
      <p class="muted">${sayingOf(pen.identity, state, pen.locks)}</p>
      ${this.#form === null ? this.#choices(pen) : this.#shown(this.#form)}
      <p class="bad" part="failure" role="alert">${this.#failure}</p>
    </section>`
  }

  #choices(pen: Pen): TemplateResult {
    const { identity, state, hasExtension, locks } = pen
    const buttons = choicesOf(identity, state, hasExtension, locks).map(
      (choice, place) =>
        html`<button
          class=${place === 0 && state !== PenState.LOCKED ? 'primary' : ''}
          ?disabled=${this.#isBusy}
          @click=${() => this.#choose(choice, pen)}
        >
          ${LABELS[choice]}
        </button>`,
    )
    const isLocked = state === PenState.LOCKED
    return html`${isLocked && locks.includes('passkey') ? this.#byPasskey(pen) : nothing}
      ${isLocked && locks.includes('passphrase') ? this.#shown('unlock') : nothing}
      <div class="choices">${buttons}</div>`
  }

  #byPasskey(pen: Pen): TemplateResult {
    return html`<div class="choices">
      <button class="primary" ?disabled=${this.#isBusy} @click=${() => void this.#do(() => pen.unlock())}>
        Unlock with the passkey
      </button>
    </div>`
  }

  #choose(choice: Choice, pen: Pen): void {
    switch (choice) {
      case 'keep':
      case 'create':
        return this.#open('keep')
      case 'import':
      case 'forget':
      case 'add passkey':
      case 'drop passkey':
      case 'set passphrase':
      case 'drop passphrase':
        return this.#open(choice)
      case 'export':
        return void this.#do(() => this.#export(pen))
      case 'open':
        return void this.#do(() => pen.use('vault'))
      case 'renew':
      case 'leave':
        return void this.#do(() => pen.use('ephemeral'))
      case 'extension':
      case 'log in':
        return void this.#do(() => pen.use('extension'))
      case 'log out':
        return void this.#do(() => pen.logOut())
      default:
        return unreachable(choice)
    }
  }

  #shown(form: Form): TemplateResult {
    const { title, words, action, isGrave } = formOf(form)
    return html`<form part="form" @submit=${this.#submitted} data-form=${form}>
      ${title === '' ? nothing : html`<h3>${title}</h3>`}
      ${words === '' ? nothing : html`<p class="muted">${words}</p>`}
      ${ASKING.includes(form) ? ownerField(this.pen) : nothing}
      ${form === 'import' ? secretField('secret', 'nsec, ncryptsec, hex or words', 'off') : nothing}
      ${ASKING.includes(form) && form !== 'unlock' ? secretField('passphrase', 'Passphrase', 'new-password') : nothing}
      ${form === 'keep' || form === 'set passphrase' ? secretField('again', 'Passphrase again', 'new-password') : nothing}
      ${form === 'unlock' ? secretField('passphrase', 'Passphrase', 'current-password') : nothing}
      ${form === 'export' ? field('The sealed key', this.#sealed) : nothing}
      <div class="choices">
        <button class=${isGrave ? 'grave' : 'primary'} ?disabled=${this.#isBusy}>${this.#isBusy ? 'One moment…' : action}</button>
        ${form === 'unlock' || form === 'export' ? nothing : html`<button type="button" @click=${() => this.#close()}>Cancel</button>`}
      </div>
    </form>`
  }

  readonly #submitted = (event: Event): void => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const given = (name: string) => String(new FormData(form).get(name) ?? '')
    void this.#do(async () => {
      await this.#perform(form.dataset.form as Form, given)
      form.reset()
      this.#close()
    })
  }

  async #perform(form: Form, given: (name: string) => string): Promise<void> {
    const { pen } = this
    if (pen === null) return
    const isTwice = form === 'keep' || form === 'set passphrase'
    if (isTwice && given('passphrase') !== given('again')) throw new Error('the two passphrases differ')
    if (form === 'keep') await pen.keep(given('passphrase'))
    else if (form === 'import') await pen.import(given('secret'), given('passphrase'))
    else if (form === 'unlock') await pen.unlock(given('passphrase'))
    else if (form === 'forget') await pen.forget()
    else if (form !== 'export') await pen.relock((vault, key) => RELOCKS[form](vault, key, given('passphrase')))
  }

  async #export(pen: Pen): Promise<void> {
    this.#sealed = await pen.export()
    this.#open('export')
  }

  async #do(work: () => Promise<void>): Promise<void> {
    this.#isBusy = true
    this.#failure = ''
    this.requestUpdate()
    try {
      await work()
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error)
    }
    this.#isBusy = false
    this.requestUpdate()
  }

  #open(form: Form): void {
    this.#form = form
    this.#failure = ''
    this.requestUpdate()
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('input, textarea')?.focus())
  }

  #close(): void {
    this.#form = null
    this.#sealed = ''
    this.#failure = ''
    this.requestUpdate()
  }

  #watch(): void {
    this.#stop()
    this.#stop = this.pen?.watch(() => this.requestUpdate()) ?? (() => {})
  }
}

/** The forms that ask for a passphrase. */
const ASKING: readonly Form[] = ['keep', 'import', 'unlock', 'set passphrase']

/** What the forms about locks do. */
const RELOCKS = {
  'add passkey': (vault: Vault, key: SecretKey) => vault.addPasskey(key),
  'drop passkey': (vault: Vault) => vault.dropPasskey(),
  'set passphrase': (vault: Vault, key: SecretKey, passphrase: string) => vault.setPassphrase(key, passphrase),
  'drop passphrase': (vault: Vault) => vault.dropPassphrase(),
}

declare global {
  interface HTMLElementTagNameMap {
    'peerset-identity': PeersetIdentity
  }
}
