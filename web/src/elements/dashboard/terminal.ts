/** The log, as a terminal shows it: one line an event. */

import { css, html, type PropertyValues, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { formatClock, formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import { type Line, lineText } from './log.ts'
import type { Topic } from './recorder.ts'

/** Give those of *lines* that hold *text*, whatever its case. */
export function linesWith(lines: readonly Line[], text: string): readonly Line[] {
  const wanted = text.trim().toLowerCase()
  return wanted === '' ? lines : lines.filter(line => lineText(line).toLowerCase().includes(wanted))
}

/** `<peerset-dashboard-terminal>`. */
export class Terminal extends Instrument {
  static override properties = { wanted: { state: true }, held: { state: true } }
  static override styles = [
    Instrument.styles,
    css`
      ol {
        padding: 8px 16px;
        border-radius: 0 0 var(--peerset-radius) var(--peerset-radius);
        background: var(--peerset-sunken);
        font: 12px / 20px var(--peerset-mono);
        list-style: none;
      }

      li {
        display: grid;
        grid-template-columns: max-content 132px minmax(0, 1fr);
        gap: 12px;
      }

      li.plain b {
        color: var(--peerset-text);
      }

      b {
        font-weight: 500;
      }

      li span:last-child {
        color: var(--peerset-text);
      }

      @container (max-width: 560px) {
        li {
          grid-template-columns: max-content minmax(0, 1fr);
          gap: 0 8px;
        }

        li span:last-child {
          grid-column: 1 / -1;
          padding-bottom: 6px;
        }
      }
    `,
  ]
  readonly heading = 'Log'
  readonly topics = ['log'] as const
  /** What the lines shown have in them. */
  declare wanted: string
  /** What is shown while paused; null while live. */
  declare held: readonly Line[] | null
  #isAtEnd = true

  constructor() {
    super()
    this.wanted = ''
    this.held = null
  }

  protected override changed(_topics: ReadonlySet<Topic>): void {
    if (this.held === null) this.requestUpdate()
  }

  override render(): TemplateResult {
    const lines = linesWith(this.held ?? this.recorder?.log.lines() ?? [], this.wanted)
    const body =
      lines.length === 0
        ? html`<p class="empty">Nothing has happened yet.</p>`
        : html`<div class="scroll" role="log" tabindex="0" aria-label="Events, oldest first"><ol>${repeat(lines, line => line.number, row)}</ol></div>`
    const copied = () => lines.map(lineText).join('\n')
    const filter = (event: Event) => {
      this.wanted = (event.target as HTMLInputElement).value
    }
    const tools = html`<input class="small" type="search" placeholder="Filter" aria-label="Filter lines" .value=${this.wanted} @input=${filter} />
      <peerset-dashboard-copy .text=${copied} label="the lines shown"></peerset-dashboard-copy>
      <button class="small" type="button" aria-pressed=${this.held !== null} @click=${this.hold}>
        ${this.held === null ? 'Pause' : 'Resume'}
      </button>`
    return this.card(body, tools, formatCount(lines.length))
  }

  /** Stop or go on following what happens. */
  readonly hold = (): void => {
    this.held = this.held === null ? (this.recorder?.log.lines() ?? []) : null
  }

  /** Who reads the end goes on reading it; who has scrolled up stays there. */
  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed)
    const list = this.hasUpdated ? this.renderRoot.querySelector('.scroll') : null
    this.#isAtEnd = list === null || list.scrollTop + list.clientHeight >= list.scrollHeight - 24
  }

  protected override updated(): void {
    const list = this.renderRoot.querySelector('.scroll')
    if (list !== null && this.#isAtEnd) list.scrollTop = list.scrollHeight
  }
}

function row({ at, name, severity, text }: Line): TemplateResult {
  return html`<li class=${severity}><span class="muted">${formatClock(at)}</span><b>${name}</b><span class="foreign">${text}</span></li>`
}
