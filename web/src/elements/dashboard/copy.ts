/** A button that copies a text, and says so. */

import { css, html, LitElement, type TemplateResult } from 'lit'
import { base } from '../theme.ts'

const SAID_MILLISECONDS = 1_600

/** Copies `text`; `label` says what it is, for those who cannot see what stands beside it. */
export class CopyButton extends LitElement {
  static override properties = { text: { attribute: false }, label: {}, said: { state: true } }
  static override styles = [
    base,
    css`
      :host {
        display: inline-block;
      }

      button.quiet {
        padding: 0 6px;
        font-size: 12px;
      }
    `,
  ]

  /** What is copied; a function is asked when it is. */
  declare text: string | (() => string)
  declare label: string
  declare said: string

  constructor() {
    super()
    this.text = ''
    this.label = ''
    this.said = ''
  }

  override render(): TemplateResult {
    return html`<button class="quiet" type="button" @click=${this.copy}>
        ${this.said || 'Copy'}<span class="unseen"> ${this.label}</span>
      </button><span class="unseen" role="status">${this.said}</span>`
  }

  /** Copy the text now. */
  readonly copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(typeof this.text === 'string' ? this.text : this.text())
      this.said = 'Copied'
    } catch {
      // A page may forbid it, or be no secure context: nothing to repair, but to be said.
      this.said = 'Not allowed here'
    }
    setTimeout(() => {
      this.said = ''
    }, SAID_MILLISECONDS)
  }
}
