/** Whether the visitor may write by the room's policies: why not, whom to ask, and where a grant is given. */

import { type CSSResult, css, html, type LitElement, nothing, type TemplateResult } from 'lit'
import { npub } from '../../core/keys.ts'
import type { Permission } from '../../room/granting.ts'
import type { Room } from '../../room/room.ts'

/** How it looks. */
export const permitStyles: CSSResult = css`
  .permit {
    display: grid;
    flex: none;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 8px;
    padding: 12px 16px;
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
`

/** What was granted to a linked device is looked for so often, while it may not write, */
const LOOK_MILLISECONDS = 15_000
/** and so much of it is joined with: anybody may write such. */
const LINKS_MAX = 4

/** Asks the room again and again, for a grant begins and runs out without a word. */
export class Permit {
  /** The grant that the visitor gave, in memory alone. */
  grant: string | null = null
  readonly #host: LitElement
  readonly #onGrant: () => void
  #room: Room | null = null
  #permission: Permission | null = null
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
    if (refused === null && this.#failure === '') return nothing
    return html`<form class="permit" part="permit" @submit=${this.#submitted}>
      <p role="status" part="refused">${refused === null ? nothing : `You can read here, and not write. By the rule “${refused.policy}”, ${refused.reason}.`}</p>
      <p class="muted">You are <span class="mono" part="own-key">${this.#room === null ? '' : npub(this.#room.key)}</span>: who may let you write needs to know that.</p>
      <label for="grant">If you were given a grant, put it here:</label>
      <input id="grant" part="grant" autocomplete="off" spellcheck="false" aria-describedby="ungranted" aria-invalid=${this.#failure !== ''} />
      <button class="primary" part="use-grant" ?disabled=${!isJoined}>Use it</button>
      <p id="ungranted" class="bad" role="alert">${this.#failure}</p>
    </form>`
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
