/** Whether the visitor may write by the room's policies: why not, whom to ask, and where a grant is given. */

import { type CSSResult, css, html, type LitElement, nothing, type TemplateResult } from 'lit'
import { DAY_SECONDS } from '../../core/clock.ts'
import type { Grant } from '../../core/grant.ts'
import { npub, type PublicKey } from '../../core/keys.ts'
import type { Permission } from '../../room/granting.ts'
import type { Room } from '../../room/room.ts'

/** How it looks. */
export const permitStyles: CSSResult = css`
  .permit {
    display: grid;
    flex: none;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 8px;
    padding: 12px var(--side);
    border-block-start: 1px solid var(--peerset-line);
    font-size: 13px;
  }

  .permit > p,
  .permit > label {
    grid-column: 1 / -1;
    overflow-wrap: anywhere;
  }

  .permit > p:empty {
    display: none;
  }

  .key {
    white-space: nowrap;
    user-select: all;
  }

  /* Whole where it is copied or read out. */
  .key > span {
    font-size: 0;
    line-height: 0;
  }

  .key > span::before {
    font-size: 12px;
    content: '…';
  }
`

/** What was granted to a linked device is looked for so often, while it may not write, */
const LOOK_MILLISECONDS = 15_000
/** and so much of it is joined with: anybody may write such. */
const LINKS_MAX = 4

const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const KEY = /(npub1[a-z0-9]{58})/

/** Asks the room again and again, for a grant begins and runs out without a word. */
export class Permit {
  /** The grant that the visitor gave, in memory alone. */
  grant: string | null = null
  readonly #host: LitElement
  readonly #onGrant: () => void
  #room: Room | null = null
  #permission: Permission | null = null
  /** By which we write here, of those that the room was joined with: the one that lasts longest. */
  #terms: Grant | null = null
  #texts: readonly string[] = []
  #failure = ''
  /** What came to this device, which is linked. */
  #linked: readonly string[] = []
  #lookedAt = Number.NEGATIVE_INFINITY

  /** *onGrant* joins anew, with another grant or none. */
  constructor(host: LitElement, onGrant: () => void) {
    this.#host = host
    this.#onGrant = onGrant
  }

  /** What the element joins with: what the visitor gave, and what came to this device. */
  get grants(): readonly string[] {
    return this.grant === null ? this.#linked : [this.grant, ...this.#linked]
  }

  /** Join with *grants* that came to this device. */
  take(grants: readonly string[]): void {
    if (grants.length === 0 || grants.join() === this.#linked.join()) return
    this.#linked = grants
    this.#onGrant()
  }

  /** Whether what the visitor writes would be admitted; null while that is not known. */
  get isGiven(): boolean | null {
    return this.#permission?.isGiven ?? null
  }

  /** Ask *room* whether the visitor may write in *collection*; null: there is none. */
  async look(room: Room | null, collection: string | null): Promise<void> {
    if (room !== this.#room) this.#permission = null
    this.#room = room
    const found = (await room?.mayWrite(collection).catch(() => null)) ?? null
    // Another may have been entered meanwhile.
    if (room !== this.#room) return
    if (room !== null && found?.isGiven === false) void this.#find(room)
    const before = this.#permission
    this.#permission = found
    if (found?.isGiven !== before?.isGiven || found?.reason !== before?.reason) this.#host.requestUpdate()
  }

  /** Look for what linked devices are granted in *room*, which outlasts the page, and is renewed there. */
  async #find(room: Room): Promise<void> {
    if (Date.now() < this.#lookedAt + LOOK_MILLISECONDS) return
    this.#lookedAt = Date.now()
    // Who signs elsewhere cannot open it, and a room may be left meanwhile.
    const links = await room
      .devices()
      .then(devices => devices.links())
      .catch(() => [])
    if (room === this.#room) this.take(links.slice(0, LINKS_MAX).map(({ grant }) => grant))
  }

  /** The room was joined with *texts*, by *key*. */
  async enter(texts: readonly string[], key: PublicKey): Promise<void> {
    this.#terms = null
    this.#texts = texts
    if (texts.length === 0) return
    // Without it no more is missing than a line.
    const terms = await import('./terms.ts').catch(() => null)
    if (texts !== this.#texts) return
    this.#terms = terms?.knownGrantFor(key, texts) ?? null
    this.#host.requestUpdate()
  }

  /** Say that joining with the grant failed. */
  fail(error: Error): void {
    if (this.grants.length === 0) return
    this.grant = null
    this.#linked = []
    this.#failure = error.message
  }

  /** What stands in the composer's place while the visitor may not write; *canSend* once the room is joined. */
  render(isJoined: boolean): TemplateResult | typeof nothing {
    const refused = this.#permission?.isGiven === false ? this.#permission : null
    if (refused === null && this.#failure === '') return this.#granted()
    return html`<form class="permit" part="permit" @submit=${this.#submitted}>
      <p role="status" part="refused">${refused === null ? nothing : html`You can read here, but not write: the rule “${refused.policy}” would refuse a record of yours, for ${shortened(refused.reason)}.`}</p>
      <p class="muted">You are <span part="own-key">${this.#room === null ? '' : keyView(npub(this.#room.key))}</span>: who may let you write needs to know that.</p>
      <label for="grant">If you were given a grant, put it here:</label>
      <input id="grant" part="grant" autocomplete="off" spellcheck="false" aria-describedby="ungranted" aria-invalid=${this.#failure !== ''} />
      <button class="primary" part="use-grant" ?disabled=${!isJoined}>Use it</button>
      <p id="ungranted" class="bad" role="alert">${this.#failure}</p>
    </form>`
  }

  #granted(): TemplateResult | typeof nothing {
    const terms = this.#terms
    if (terms === null || this.#permission?.isGiven !== true || terms.until * 1_000 < Date.now()) return nothing
    const words = terms.isOnBehalf ? 'You write here for' : 'You write here by a grant of'
    return html`<p class="granted muted" part="granted">${words} ${shortened(npub(terms.owner))} until ${momentOf(terms.until)}.</p>`
  }

  readonly #submitted = async (event: Event): Promise<void> => {
    event.preventDefault()
    const field = this.#host.renderRoot.querySelector<HTMLInputElement>('#grant')
    if (field === null || field.value.trim() === '') return
    const text = field.value.trim()
    try {
      const { readGrant } = await import('../../core/grant.ts')
      readGrant(text)
      this.#failure = ''
      this.grant = text
      this.#onGrant()
    } catch (error) {
      this.#failure = (error as Error).message
    }
    this.#host.requestUpdate()
  }
}

/** Show *text* with the keys in it short, and whole for who copies them. */
function shortened(text: string): unknown {
  return text.split(KEY).map((part, at) => (at % 2 === 1 ? keyView(part) : part))
}

function keyView(text: string): TemplateResult {
  const [beginning, middle, end] = [text.slice(0, 9), text.slice(9, -4), text.slice(-4)]
  return html`<bdi class="mono key" title=${text}>${beginning}<span>${middle}</span>${end}</bdi>`
}

function momentOf(seconds: number): string {
  const isNear = seconds - Date.now() / 1_000 < DAY_SECONDS
  return (isNear ? TIME : DAY).format(seconds * 1_000)
}
