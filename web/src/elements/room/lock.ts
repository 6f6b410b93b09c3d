/** The lock of a sealed room: how much of it does not open here, and where the visitor gives the secret. */

import { type CSSResult, css, html, type LitElement, nothing, type TemplateResult } from 'lit'
import { isUnread, type Record, sealIdOf } from '../../core/record.ts'
import { checkSealTexts } from '../../core/seal.ts'
import type { RoomEvent } from '../../notices.ts'
import type { Room } from '../../room/room.ts'
import { counted } from './standing.ts'

/** So many of the newest records are looked at when a room is joined. */
const LOOKED_AT = 200

/** How the lock looks. */
export const lockStyles: CSSResult = css`
  .lock {
    display: grid;
    flex: none;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 8px;
    padding: 12px var(--side);
    border-block-end: 1px solid var(--peerset-line);
  }

  .lock > label,
  .lock > p {
    grid-column: 1 / -1;
    font-size: 13px;
  }

  .lock > p:empty {
    display: none;
  }
`

/** How a room is sealed, as far as this page sees: by nobody, by others alone, or for us too. */
export type Sealed = 'open' | 'locked' | 'unlocked'

/** Keeps the secret that the visitor gave, in memory alone, and knows what does not open. */
export class Lock {
  /** What the visitor gave; it goes before what the page says. */
  secret: string | null = null
  readonly #host: LitElement
  readonly #onSecret: () => void
  /** Of what was seen in this room: sealed, and not opened. */
  #unread = 0
  #hasSecret = false
  #room: Room | null = null
  #hasOpened = false
  #failure = ''

  /** *onSecret* joins anew, with another secret or none. */
  constructor(host: LitElement, onSecret: () => void) {
    this.#host = host
    this.#onSecret = onSecret
  }

  /** How the room stands. */
  get sealed(): Sealed {
    if (this.#hasOpened || (this.#hasSecret && this.#unread === 0)) return 'unlocked'
    return this.#unread > 0 ? 'locked' : 'open'
  }

  /** Look into another room, or the same with another secret; null: none. */
  async enter(room: Room | null, hasSecret: boolean): Promise<void> {
    this.#unread = 0
    this.#room = room
    this.#hasOpened = false
    this.#hasSecret = hasSecret && room !== null
    const found = (await room?.members({ limit: LOOKED_AT }).catch(() => [])) ?? []
    for (const record of found) this.#see(record)
    this.#host.requestUpdate()
  }

  /** Follow what comes. */
  take(event: RoomEvent): void {
    if (event.type === 'RecordAdded') this.#see(event.record)
  }

  /** Say that joining with the secret failed. */
  fail(error: Error): void {
    if (this.secret === null) return
    this.secret = null
    this.#failure = error.message
  }

  /** The form that asks for the secret, while what is here does not open; *canSend* once the room is joined. */
  render(isJoined: boolean): TemplateResult | typeof nothing {
    if (this.sealed !== 'locked' && this.#failure === '') return nothing
    const { foreign = 0, broken = 0 } = this.#room?.seal ?? {}
    const words = this.#hasSecret
      ? `This secret opens none of the ${counted(Math.max(this.#unread, foreign + broken), 'sealed record')} here.`
      : `${counted(this.#unread, 'record')} here ${this.#unread === 1 ? 'is' : 'are'} sealed.`
    return html`<form class="lock" part="lock" @submit=${this.#submitted}>
      <label for="secret">${words} Give the secret or the passphrase to read and write here:</label>
      <input
        id="secret"
        part="secret"
        type="password"
        autocomplete="off"
        spellcheck="false"
        aria-describedby="unkept locked"
        aria-invalid=${this.#failure !== ''}
      />
      <button class="primary" part="unlock" ?disabled=${!isJoined}>Open</button>
      <p id="unkept" class="muted">It is not kept: you will be asked again on your next visit.</p>
      <p id="locked" class="bad" role="alert">${this.#failure}</p>
    </form>`
  }

  readonly #submitted = (event: Event): void => {
    event.preventDefault()
    const field = this.#host.renderRoot.querySelector<HTMLInputElement>('#secret')
    if (field === null || field.value === '') return
    const { value } = field
    field.value = ''
    try {
      checkSealTexts([value])
      this.#failure = ''
      this.secret = value
      this.#onSecret()
    } catch (error) {
      this.#failure = (error as Error).message
    }
    this.#host.requestUpdate()
  }

  #see(record: Record): void {
    if (record.outside !== undefined) this.#hasOpened = true
    else if (isUnread(record) && sealIdOf(record.tags) !== null) this.#unread += 1
  }
}
