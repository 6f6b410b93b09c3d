/** Shows what is about to be signed, and asks. */

import { css, html, type LitElement, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { npub, type PublicKey } from '../../core/keys.ts'
import { KIND_DELETION, KIND_KEYED, KIND_RECORD } from '../../core/record.ts'
import { ConfigError } from '../../errors.ts'
import type { Draft } from '../../ports.ts'

const KINDS: ReadonlyMap<number, string> = new Map([
  [KIND_RECORD, 'a record'],
  [KIND_KEYED, 'a keyed record'],
  [KIND_DELETION, 'a deletion'],
])

/** One question that waits for its answer. */
interface Question {
  readonly draft: Draft
  readonly author: PublicKey
  readonly answer: (isGranted: boolean) => void
}

/** Asks in a dialog of its host, one question after the other. */
export class Consent implements ReactiveController {
  readonly #host: LitElement
  readonly #questions: Question[] = []

  constructor(host: LitElement) {
    this.#host = host
    host.addController(this)
  }

  /** Show *draft*; give whether the visitor wants it signed. Refused with a ConfigError when nothing can be shown. */
  ask(draft: Draft, author: PublicKey): Promise<boolean> {
    if (this.#host.hidden || !this.#host.isConnected) {
      throw new ConfigError('nothing is signed unseen: with confirm, the element must not be hidden')
    }
    return new Promise(answer => {
      this.#questions.push({ draft, author, answer })
      this.#host.requestUpdate()
    })
  }

  /** The dialog, while there is a question. */
  render(): TemplateResult | typeof nothing {
    const question = this.#questions[0]
    if (question === undefined) return nothing
    const { draft, author } = question
    return html`<dialog part="dialog" aria-labelledby="consent" @close=${this.#closed}>
      <form method="dialog">
        <h3 id="consent" tabindex="-1" autofocus>Sign this?</h3>
        <dl>
          <dt>As</dt>
          <dd class="mono">${npub(author)}</dd>
          <dt>Kind</dt>
          <dd class="number">${draft.kind}${KINDS.has(draft.kind) ? html` · ${KINDS.get(draft.kind)}` : nothing}</dd>
          ${draft.tags.map(
            ([name, ...values]) =>
              html`<dt>Tag <span class="mono foreign">${name}</span></dt>
                <dd class="mono foreign">${values.join(' · ')}</dd>`,
          )}
          <dt>Content</dt>
          <dd>${draft.content === '' ? html`<span class="muted">none</span>` : html`<pre class="foreign" dir="auto" tabindex="0">${draft.content}</pre>`}</dd>
        </dl>
        <div class="actions">
          <button value="no">Cancel</button>
          <button value="yes" class="primary">Sign</button>
        </div>
      </form>
    </dialog>`
  }

  /** Open the dialog as soon as it is there. */
  hostUpdated(): void {
    const dialog = this.#host.renderRoot.querySelector<HTMLDialogElement>('dialog')
    if (dialog !== null && !dialog.open) dialog.showModal()
  }

  /** Say no to everything: nobody is there to answer. */
  hostDisconnected(): void {
    for (const { answer } of this.#questions.splice(0)) answer(false)
    this.#host.requestUpdate()
  }

  readonly #closed = (event: Event): void => {
    const dialog = event.currentTarget as HTMLDialogElement
    this.#questions.shift()?.answer(dialog.returnValue === 'yes')
    dialog.returnValue = ''
    this.#host.requestUpdate()
  }
}

/** How the dialog looks. */
export const consentStyles = css`
  dialog {
    inline-size: min(480px, calc(100vw - 32px));
    max-block-size: min(640px, calc(100dvh - 32px));
    padding: 20px;
    overflow: auto;
    border: 1px solid var(--peerset-line);
    border-radius: var(--peerset-radius);
    background: var(--peerset-surface);
    box-shadow: var(--peerset-shadow);
    color: inherit;
    font: 14px / 20px var(--peerset-font);
    text-align: start;
    overflow-wrap: anywhere;
  }

  dialog::backdrop {
    background: rgb(10 12 16 / 0.45);
  }

  dialog h3 {
    margin-block-end: 12px;
    font-size: 16px;
  }

  /* It has the focus so that no button has: Enter, still pressed, must not answer. */
  dialog h3:focus-visible {
    outline: none;
  }

  dl {
    display: grid;
    grid-template-columns: minmax(64px, max-content) minmax(0, 1fr);
    gap: 8px 16px;
  }

  dt {
    max-inline-size: 140px;
    color: var(--peerset-muted);
  }

  pre {
    max-block-size: 240px;
    margin: 0;
    padding: 8px 10px;
    overflow: auto;
    border: 1px solid var(--peerset-line);
    border-radius: calc(var(--peerset-radius) * 0.7);
    background: var(--peerset-sunken);
    font: 13px / 20px var(--peerset-mono);
    white-space: pre-wrap;
  }

  .actions {
    display: flex;
    justify-content: end;
    gap: 8px;
    margin-block-start: 20px;
  }
`
