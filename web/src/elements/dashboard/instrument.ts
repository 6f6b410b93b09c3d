/** What all parts of the dashboard are: an element that shows something of a recorder, drawn anew when that changes. */

import {
  type CSSResultGroup,
  html,
  LitElement,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from 'lit'
import { base } from '../theme.ts'
import { look } from './look.ts'
import type { Recorder, Topic } from './recorder.ts'

/** Base of the parts. */
export abstract class Instrument extends LitElement {
  static override properties: PropertyDeclarations = { recorder: { attribute: false } }
  static override styles: CSSResultGroup = [base, look]

  /** Whose notes are shown; null before there is a room. */
  declare recorder: Recorder | null
  #stop: (() => void) | null = null

  constructor() {
    super()
    this.recorder = null
  }

  /** What the part is called. */
  abstract readonly heading: string

  /** What makes it draw itself anew. */
  abstract readonly topics: readonly Topic[]

  override connectedCallback(): void {
    super.connectedCallback()
    this.setAttribute('role', 'region')
    this.setAttribute('aria-label', this.heading)
    this.#listen()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#unlisten()
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('recorder')) this.#listen()
  }

  /** Told of every topic of this part that changed; draws anew unless a part knows better. */
  protected changed(_topics: ReadonlySet<Topic>): void {
    this.requestUpdate()
  }

  /** Give the title line, with *tools* at its end, over *body*. */
  protected card(body: unknown, tools: unknown = null, note: unknown = null): TemplateResult {
    return html`<div class="title"><h2>${this.heading}${note === null ? null : html` <small>${note}</small>`}</h2>${tools}</div>${body}`
  }

  #listen(): void {
    this.#unlisten()
    if (this.recorder === null || !this.isConnected) return
    this.#stop = this.recorder.onChange(topics => {
      if (this.topics.some(topic => topics.has(topic))) this.changed(topics)
    })
  }

  #unlisten(): void {
    this.#stop?.()
    this.#stop = null
  }
}
