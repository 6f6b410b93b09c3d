/**
 * `<peerset-identity>`: who writes in this page, and every way to change it.
 *
 * A part of the other elements, which give it a `pen`; it takes its colours from them.
 */

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { npub } from '../core/keys.ts'
import { hueOf, initialsOf } from './author.ts'
import { type Form, field, formOf, secretField } from './identity-forms.ts'
import { identityStyles } from './identity-styles.ts'
import { type Pen, PenState } from './pen.ts'
import { base } from './theme.ts'

/** Shows the key of a pen, and its forms. */
export class PeersetIdentity extends LitElement {
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
      <p class="muted">${SAYINGS[`${pen.identity} ${state}`] ?? 'One moment…'}</p>
      ${this.#form === null ? this.#choices(pen) : this.#shown(this.#form)}
      <p class="bad" part="failure" role="alert">${this.#failure}</p>
    </section>`
  }

  #choices(pen: Pen): TemplateResult {
    const { identity, state } = pen
    const to = (form: Form) => () => this.#open(form)
    const use = (work: () => Promise<void>) => () => this.#do(work)
    const choice = (label: string, act: () => void, look = '') =>
      html`<button class=${look} ?disabled=${this.#isBusy} @click=${act}>${label}</button>`
    const fresh = choice(
      'Use a fresh key',
      use(() => pen.use('ephemeral')),
    )
    const extension = pen.hasExtension
      ? choice(
          'Use the extension',
          use(() => pen.logIn()),
        )
      : nothing
    const logOut = choice(
      'Log out',
      use(() => pen.logOut()),
    )
    if (identity === 'extension') {
      const logIn = choice(
        'Log in with the extension',
        use(() => pen.logIn()),
        'primary',
      )
      return html`<div class="choices">${state === PenState.AWAY ? logIn : logOut}${fresh}</div>`
    }
    if (state === PenState.LOCKED) {
      return html`${this.#shown('unlock')}<div class="choices">${choice('Forget the key…', to('forget'))}${fresh}${extension}</div>`
    }
    const create = choice('Create a key…', to('keep'), 'primary')
    const bring = choice('Import a key…', to('import'))
    if (state === PenState.EMPTY) return html`<div class="choices">${create}${bring}${fresh}${extension}</div>`
    if (identity === 'vault') {
      return html`<div class="choices">
        ${logOut}${choice(
          'Export…',
          use(() => this.#export(pen)),
        )}${choice('Forget the key…', to('forget'))}
      </div>`
    }
    return html`<div class="choices">
      ${choice('Keep this key…', to('keep'), 'primary')}${bring}${choice(
        'Open my key',
        use(() => pen.use('vault')),
      )}
      ${extension}${choice(
        'New key',
        use(() => pen.use('ephemeral')),
      )}
    </div>`
  }

  #shown(form: Form): TemplateResult {
    const { title, words, action, isGrave } = formOf(form)
    return html`<form part="form" @submit=${this.#submitted} data-form=${form}>
      ${title === '' ? nothing : html`<h3>${title}</h3>`}
      ${words === '' ? nothing : html`<p class="muted">${words}</p>`}
      ${form === 'import' ? secretField('secret', 'nsec or ncryptsec', 'off') : nothing}
      ${form === 'keep' || form === 'import' ? secretField('passphrase', 'Passphrase', 'new-password') : nothing}
      ${form === 'keep' ? secretField('again', 'Passphrase again', 'new-password') : nothing}
      ${form === 'unlock' ? secretField('passphrase', 'Passphrase', 'current-password') : nothing}
      ${form === 'export' ? field('The sealed key', this.#sealed) : nothing}
      <div class="choices">
        <button class=${isGrave ? 'grave' : 'primary'} ?disabled=${this.#isBusy}>${this.#isBusy ? 'One moment…' : action}</button>
        ${form === 'unlock' || form === 'export' ? nothing : html`<button type="button" @click=${this.#cancelled}>Cancel</button>`}
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
    if (form === 'keep' && given('passphrase') !== given('again')) throw new Error('the two passphrases differ')
    if (form === 'keep') await pen.keep(given('passphrase'))
    else if (form === 'import') await pen.import(given('secret'), given('passphrase'))
    else if (form === 'unlock') await pen.unlock(given('passphrase'))
    else if (form === 'forget') await pen.forget()
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

  readonly #cancelled = (): void => {
    this.#close()
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

/** What is said of an identity and the state of the pen. */
const SAYINGS: { readonly [stand: string]: string } = {
  'ephemeral ready': 'A fresh key, gone when this page is closed.',
  'vault ready': 'Your key, kept in this browser under its passphrase.',
  'vault locked': 'Your key is locked: enter its passphrase to write.',
  'vault empty': 'This browser keeps no key of yours yet.',
  'extension ready': 'Your browser extension signs; the key never leaves it.',
  'extension away': 'You are not logged in with a browser extension (NIP-07).',
}

declare global {
  interface HTMLElementTagNameMap {
    'peerset-identity': PeersetIdentity
  }
}
