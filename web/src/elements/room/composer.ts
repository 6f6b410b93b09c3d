/** Where the visitor writes. */

import { html, type LitElement, nothing, type TemplateResult } from 'lit'
import { RECORD_BYTES_MAX } from '../../core/limits.ts'

/** Of a record, so much is left for its author, time, kind, tags and signature. */
const ENVELOPE_BYTES = 512
const CONTENT_BYTES_MAX = RECORD_BYTES_MAX - ENVELOPE_BYTES
/** From here on, the bytes that are left are shown. */
const CONTENT_BYTES_NEAR = CONTENT_BYTES_MAX - 4_096

/** Takes a text and hands it on; what could not be sent stays in the field. */
export class Composer {
  readonly #host: LitElement
  readonly #send: (text: string) => Promise<void>
  #bytes = 0
  #isSending = false
  #failure = ''

  constructor(host: LitElement, send: (text: string) => Promise<void>) {
    this.#host = host
    this.#send = send
  }

  /** The field and its button, which wait unseen unless *isShown*; what is sent while a room is being joined waits for it. */
  render(canSend: boolean, isShown = true): TemplateResult {
    const left = CONTENT_BYTES_MAX - this.#bytes
    return html`<form class="composer" part="composer" ?hidden=${!isShown} @submit=${this.#submitted}>
      <label class="unseen" for="text">Write a record</label>
      <textarea
        id="text"
        part="input"
        rows="1"
        dir="auto"
        placeholder="Write something…"
        aria-describedby="keys left failure"
        aria-invalid=${left < 0}
        @input=${this.#written}
        @keydown=${this.#pressed}
      ></textarea>
      <button class="primary" part="send" ?disabled=${!canSend || this.#isSending || left < 0 || this.#bytes === 0}>
        Send
      </button>
      <p id="keys" class="unseen">Enter sends, Shift and Enter begin a new line.</p>
      <p id="left" class="number ${left < 0 ? 'bad' : 'muted'}" role="status">${this.#bytes < CONTENT_BYTES_NEAR ? nothing : bytesLeft(left)}</p>
      <p id="failure" class="bad" part="failure" role="alert">${this.#failure}</p>
    </form>`
  }

  /** Say that *what* was to be done failed; a visitor who said no knows it. */
  fail(what: string, error: unknown): void {
    const isNo = error instanceof DOMException && error.name === 'AbortError'
    this.#set(false, isNo ? '' : `${what}: ${error instanceof Error ? error.message : error}`)
  }

  readonly #written = (event: Event): void => {
    this.#bytes = new TextEncoder().encode((event.target as HTMLTextAreaElement).value).length
    this.#failure = ''
    this.#host.requestUpdate()
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    // While a character is being composed, Enter chooses it.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    if (!event.repeat) (event.target as HTMLTextAreaElement).form?.requestSubmit()
  }

  readonly #submitted = (event: Event): void => {
    event.preventDefault()
    const button = (event.target as HTMLFormElement).querySelector('button')
    if (button?.disabled === false) void this.#hand()
  }

  async #hand(): Promise<void> {
    const field = this.#host.renderRoot.querySelector<HTMLTextAreaElement>('#text')
    if (field === null || field.value.trim() === '') return
    const text = field.value
    this.#set(true, '')
    try {
      await this.#send(text)
      // Whoever writes fast has begun the next one.
      if (field.value === text) field.value = ''
      this.#bytes = new TextEncoder().encode(field.value).length
      this.#set(false, '')
    } catch (error) {
      this.fail('Not sent', error)
    }
  }

  #set(isSending: boolean, failure: string): void {
    this.#isSending = isSending
    this.#failure = failure
    this.#host.requestUpdate()
  }
}

function bytesLeft(left: number): string {
  if (left < 0) return `${(-left).toLocaleString('en')} bytes too long: a record has at most 64 KiB`
  return `${left.toLocaleString('en')} bytes left`
}
