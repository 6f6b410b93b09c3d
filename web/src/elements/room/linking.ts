/** Linking a device in `<peerset-room>`: the code that is shown where the key is, and what the device that opened it sees. Loaded once asked for. */

import { css, html, type LitElement, nothing, svg, type TemplateResult } from 'lit'
import type { PublicKey } from '../../core/keys.ts'
import { type LinkingCode, parseCode } from '../../core/linking-code.ts'
import type { DigestSigner } from '../../identity/signers.ts'
import type { Link, Request } from '../../room/devices.ts'
import type { JoinOptions } from '../../room/joining.ts'
import type { Offer } from '../../room/offer.ts'
import type { Room } from '../../room/room.ts'
import { shortNpub } from '../author.ts'
import { codeOf, type QRCode } from '../code.ts'
import { wear } from '../root.ts'
import { askBy } from './errand.ts'

const linkingStyles = css`
  .linking {
    display: flex;
    flex: 0 1 auto;
    flex-direction: column;
    gap: 8px;
    max-block-size: 75%;
    padding: 12px var(--side);
    overflow: auto;
    border-block-end: 1px solid var(--peerset-line);
    background: var(--peerset-sunken);
    font-size: 13px;
  }

  .linking h3 {
    font-size: 14px;
    font-weight: 600;
  }

  .linking h3:focus-visible {
    outline-offset: 4px;
  }

  .linking > * {
    flex: none;
    max-inline-size: 420px;
    overflow-wrap: anywhere;
  }

  .linking form,
  .linking label {
    display: grid;
    gap: 4px;
  }

  .linking form {
    gap: 8px;
  }

  /* Scanners want dark modules on a light ground, whatever the page looks like. */
  .linking svg {
    display: block;
    inline-size: 100%;
    max-inline-size: 300px;
    border-radius: calc(var(--peerset-radius) * 0.7);
    background: white;
    fill: black;
  }

  .linking .text {
    font-family: var(--peerset-mono);
    font-size: 12px;
    user-select: all;
  }

  .linking .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
`

const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** What linking needs of its element. */
export interface LinkingOptions {
  /** Gives the room, once it is joined. */
  readonly joined: () => Promise<Room>
  /** Who the visitor is, where the key is in this page and can sign. */
  readonly signer: () => DigestSigner | null
  /** The visitor's key goes with the page. */
  readonly isFleeting: () => boolean
  /** Has *work* sign what is more than a record, as the visitor has asked for. */
  readonly granting: <T>(work: () => Promise<T>) => Promise<T>
  /** How the element joins rooms. */
  readonly settings: () => JoinOptions
  /** Called when the element is to join by *code*, with the grant that came, if one did. */
  readonly onOver: (code: LinkingCode | null, link: Link | null) => void
}

/** Where linking stands; what is shown follows from that alone. */
type Stage =
  | { readonly type: 'working'; readonly words: string }
  | { readonly type: 'shown'; readonly offer: Offer }
  | { readonly type: 'asked'; readonly offer: Offer; readonly request: Request }
  | { readonly type: 'opened'; readonly code: LinkingCode; readonly failure: string }
  | { readonly type: 'waiting'; readonly code: LinkingCode }
  | { readonly type: 'over'; readonly title: string; readonly words: string; readonly again: (() => void) | null }

/** Links a device: by a code of this page, or as the device that opened one. */
export class Linking {
  readonly #host: LitElement
  readonly #options: LinkingOptions
  #stage: Stage | null = null
  /** Ends what is waited for. */
  #stop = new AbortController()
  #code: LinkingCode | null = null
  #link: Link | null = null

  constructor(host: LitElement, options: LinkingOptions) {
    this.#host = host
    this.#options = options
    wear(host.renderRoot as ShadowRoot, linkingStyles)
  }

  /** Something is under way. */
  get isOpen(): boolean {
    return this.#stage !== null
  }

  /** Show a code, and wait for who asks by it. */
  async offer(): Promise<void> {
    const signal = this.#begin('Making a code…')
    try {
      const [page] = globalThis.location.href.split('#')
      const devices = await (await this.#options.joined()).devices()
      const offer = await this.#options.granting(() => devices.offer({ page }))
      signal.throwIfAborted()
      this.#enter({ type: 'shown', offer })
      const request = await offer.asked({ signal })
      this.#enter({ type: 'asked', offer, request })
    } catch (error) {
      this.#fail(error, signal, { late: 'Nobody asked in time.', again: () => void this.offer() })
    }
  }

  /** Be the device that opened the code *text*. */
  async open(text: string): Promise<void> {
    const signal = this.#begin('Reading the code…')
    try {
      const code = parseCode(text)
      this.#code = code
      if (code.until * 1_000 <= Date.now()) throw new DOMException('', 'TimeoutError')
      this.#enter({ type: 'opened', code, failure: '' })
    } catch (error) {
      this.#fail(error, signal, LATE)
    }
  }

  /** Give up, whatever is under way. */
  readonly close = (): void => {
    this.#stop.abort()
    const [code, link] = [this.#code, this.#link]
    this.#code = null
    this.#link = null
    this.#enter(null)
    this.#options.onOver(code, link)
  }

  /** What is to be seen of it. */
  render(): TemplateResult | typeof nothing {
    const stage = this.#stage
    if (stage === null) return nothing
    const { title, status, body } = this.#shown(stage)
    return html`<section class="linking" part="linking" aria-labelledby="linking">
      <h3 id="linking" tabindex="-1">${title}</h3>
      ${body}
      <p class="muted" part="linking-status" role="status">${status}</p>
    </section>`
  }

  #shown(stage: Stage): { readonly title: string; readonly status: string; readonly body: unknown } {
    switch (stage.type) {
      case 'working':
        return { title: TITLE, status: stage.words, body: this.#actions() }
      case 'shown':
        return { title: TITLE, status: 'Waiting for a device…', body: this.#offered(stage.offer) }
      case 'asked':
        return { title: `Let “${stage.request.name}” write for you?`, status: '', body: this.#asked(stage) }
      case 'opened':
        return { title: 'Link this device', status: '', body: this.#opened(stage) }
      case 'waiting':
        return { title: 'Link this device', status: 'Waiting for the other device…', body: this.#waiting() }
      default:
        return { title: stage.title, status: stage.words, body: this.#over(stage) }
    }
  }

  #offered({ text, until }: Offer): TemplateResult {
    const { path, size } = codeOf(text)
    return html`<p>Open this code with the camera of the other device. It asks, and you say yes here. The code holds no key of yours; it is good until ${timeOf(until)}.</p>
      ${path === '' ? html`<p>The link is too long for a QR code.</p>` : drawn({ path, size })}
      <details>
        <summary>As a link</summary>
        <a class="text" part="linking-link" href=${text}>${text}</a>
      </details>
      ${this.#actions()}`
  }

  #asked({ offer, request }: Extract<Stage, { type: 'asked' }>): TemplateResult {
    return html`<p>It would write in this room in your place, for 30 days. Say yes only if it shows the key <b class="mono" part="linking-key">${shortNpub(request.device)}</b>.</p>
      <div class="actions">
        <button class="primary" @click=${() => void this.#accept(offer, request)}>Let it write</button>
        <button @click=${() => void this.#refuse(offer, request)}>Refuse</button>
      </div>`
  }

  #opened({ code, failure }: Extract<Stage, { type: 'opened' }>): TemplateResult {
    const signer = this.#options.signer()
    return html`<p>You will write in this room in place of ${ownerOf(code.owner)}. Its secret stays where it is.</p>
      ${signer === null ? html`<p>Unlock or choose your own key first.</p>` : nothing}
      <form @submit=${(event: Event) => this.#submitted(event, code)}>
        <label for="device">What do you call this device?
          <input id="device" part="linking-name" maxlength="64" required autocomplete="off" aria-describedby="unlinked" aria-invalid=${failure !== ''} />
        </label>
        <p id="unlinked" class="bad" role="alert">${failure}</p>
        <div class="actions">
          <button class="primary" ?disabled=${signer === null}>Ask</button>
          <button type="button" @click=${this.close}>Not now</button>
        </div>
      </form>`
  }

  #waiting(): TemplateResult {
    const { publicKey = '' as PublicKey } = this.#options.signer() ?? {}
    return html`<p>Say yes on the other device, if it shows the key <b class="mono" part="linking-key">${shortNpub(publicKey)}</b>.</p>
      ${this.#actions()}`
  }

  #over({ again }: Extract<Stage, { type: 'over' }>): TemplateResult {
    return html`<div class="actions">
      ${again === null ? nothing : html`<button class="primary" @click=${again}>Show a new code</button>`}
      <button @click=${this.close}>Close</button>
    </div>`
  }

  #actions(): TemplateResult {
    return html`<div class="actions"><button @click=${this.close}>Cancel</button></div>`
  }

  async #accept(offer: Offer, request: Request): Promise<void> {
    const signal = this.#begin('One moment…')
    try {
      const { name, until } = await this.#options.granting(() => offer.accept(request))
      this.#end(`“${name}” is linked`, `It writes for you until ${DAY.format(until * 1_000)}.`)
    } catch (error) {
      this.#fail(error, signal, { again: () => void this.offer() })
    }
  }

  async #refuse(offer: Offer, { name }: Request): Promise<void> {
    const signal = this.#begin('One moment…')
    try {
      await offer.refuse()
      this.#end(`“${name}” was refused`, 'It writes nothing for you.', () => void this.offer())
    } catch (error) {
      this.#fail(error, signal, {})
    }
  }

  #submitted(event: Event, code: LinkingCode): void {
    event.preventDefault()
    const { value } = (event.target as HTMLFormElement).elements.namedItem('device') as HTMLInputElement
    void this.#ask(code, value)
  }

  async #ask(code: LinkingCode, name: string): Promise<void> {
    const signal = this.#begin('')
    this.#enter({ type: 'waiting', code })
    try {
      const signer = this.#options.signer()
      if (signer === null) throw new Error('unlock or choose your own key first')
      const options = this.#options.settings()
      this.#link = await askBy(code, { signer, name: name.trim(), options, signal })
      const gone = this.#options.isFleeting() ? ' Your own key goes with this page: keep it, and it writes on.' : ''
      const until = DAY.format(this.#link.until * 1_000)
      this.#end('This device is linked', `You write for ${ownerOf(code.owner)} until ${until}.${gone}`)
    } catch (error) {
      this.#fail(error, signal, { ...LATE, code })
    }
  }

  #begin(words: string): AbortSignal {
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#enter({ type: 'working', words })
    return this.#stop.signal
  }

  #end(title: string, words: string, again: (() => void) | null = null): void {
    this.#enter({ type: 'over', title, words, again })
  }

  /** Say what went wrong: that nobody was there in time, that somebody said no, or else; a bad name is asked for again. */
  #fail(error: unknown, signal: AbortSignal, { late = '', again = null, code = null }: Failing): void {
    if (signal.aborted) return
    const { name, message } = error as Error
    if (name === 'TimeoutError') return this.#end('The code has run out', late, again)
    if (name === 'InvalidStateError') return this.#end('The code was used already', late)
    if (name === 'NotAllowedError') return this.#end('The other device said no', 'You write with your own key.')
    if (code !== null) return this.#enter({ type: 'opened', code, failure: message })
    this.#end('This did not work', message, again)
  }

  #enter(stage: Stage | null): void {
    const isOther = stage?.type !== this.#stage?.type
    this.#stage = stage
    this.#host.requestUpdate()
    if (stage === null || !isOther) return
    void this.#host.updateComplete.then(() => this.#host.renderRoot.querySelector<HTMLElement>('#linking')?.focus())
  }
}

interface Failing {
  /** What is said when nobody was there in time. */
  readonly late?: string
  /** Tries it again. */
  readonly again?: (() => void) | null
  /** By which the visitor may ask again. */
  readonly code?: LinkingCode | null
}

function drawn({ path, size }: QRCode): TemplateResult {
  return html`<svg viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code that links a device" part="linking-code">
    ${svg`<path d=${path} />`}
  </svg>`
}

const TITLE = 'Link a device'
const LATE: Failing = { late: 'Have the other device show a new one.' }

function ownerOf(key: PublicKey): string {
  return shortNpub(key)
}

function timeOf(seconds: number): string {
  return TIME.format(seconds * 1_000)
}
