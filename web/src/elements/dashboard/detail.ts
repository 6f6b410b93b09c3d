/** One record, whole: what it says, and the NIP-01 event that it is. */

import { css, html, LitElement, type TemplateResult } from 'lit'
import { eventOf, type Record } from '../../core/record.ts'
import { formatBytes } from '../bytes.ts'
import { base } from '../theme.ts'
import { formatTime, npubOf } from './format.ts'
import { look } from './look.ts'

/** `<peerset-dashboard-detail>`: a dialog that is open while there is a `record`; dispatches `close-record`. */
export class Detail extends LitElement {
  static override properties = { record: { attribute: false } }
  static override styles = [
    base,
    look,
    css`
      :host {
        display: contents;
      }

      dialog {
        width: min(720px, calc(100vw - 32px));
        max-height: calc(100dvh - 64px);
        padding: 0;
        overflow: auto;
        border: 1px solid var(--peerset-line);
        border-radius: var(--peerset-radius);
        background: var(--peerset-surface);
        box-shadow: var(--peerset-shadow);
        color: inherit;
      }

      dialog::backdrop {
        background: rgb(0 0 0 / 40%);
      }

      .title {
        position: sticky;
        top: 0;
        background: var(--peerset-surface);
      }

      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 4px 16px;
        margin-bottom: 16px;
      }

      dt {
        color: var(--peerset-muted);
      }

      pre {
        max-height: 320px;
        margin: 0;
        padding: 12px;
        overflow: auto;
        border-radius: calc(var(--peerset-radius) * 0.7);
        background: var(--peerset-sunken);
        font: 12px / 18px var(--peerset-mono);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
    `,
  ]

  /** What is shown; null closes the dialog. */
  declare record: Record | null

  constructor() {
    super()
    this.record = null
  }

  override render(): TemplateResult | null {
    const { record } = this
    if (record === null) return null
    const json = JSON.stringify(eventOf(record), null, 2)
    return html`<dialog aria-label="Record" @close=${this.#closed} @click=${this.#clicked}>
      <div class="title">
        <h2>Record</h2>
        <peerset-dashboard-copy .text=${json} label="the event"></peerset-dashboard-copy>
        <button class="small" type="button" autofocus @click=${this.#closed}>Close</button>
      </div>
      <div class="body">
        <dl>
          <dt>Id</dt>
          <dd class="mono">${record.id}</dd>
          <dt>Author</dt>
          <dd class="mono">${npubOf(record.author)}</dd>
          <dt>Time</dt>
          <dd class="number">${formatTime(record.createdAt)} UTC</dd>
          <dt>Kind</dt>
          <dd class="number">${record.kind}</dd>
          <dt>Size</dt>
          <dd class="number">${formatBytes(record.wire.length)} on the wire</dd>
        </dl>
        <pre class="foreign" tabindex="0" aria-label="The NIP-01 event">${json}</pre>
      </div>
    </dialog>`
  }

  protected override updated(): void {
    const dialog = this.renderRoot.querySelector('dialog')
    if (dialog !== null && !dialog.open) dialog.showModal()
  }

  /** Who opened it is told, so as not to open it again. */
  readonly #closed = (): void => {
    if (this.record === null) return
    this.record = null
    this.dispatchEvent(new CustomEvent('close-record'))
  }

  /** The backdrop is the dialog's own; what is in it is not. */
  readonly #clicked = (event: MouseEvent): void => {
    if (event.target === event.currentTarget) this.#closed()
  }
}
