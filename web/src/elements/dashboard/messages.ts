/** The live view of messages: each one that crosses a channel, newest first. */

import { css, html, type TemplateResult } from 'lit'
import { formatBytes } from '../bytes.ts'
import { formatClock, formatCount, peerName } from './format.ts'
import { Instrument } from './instrument.ts'
import type { SeenMessage, Topic } from './recorder.ts'

/** So many messages since the table was drawn last are a flood. */
const FLOOD_MESSAGES = 64

/** Which messages are shown; null for all. */
export interface MessageFilter {
  readonly peer: string | null
  readonly type: string | null
}

/** Give those of *messages* that pass, newest first. */
export function chosen(messages: readonly SeenMessage[], { peer, type }: MessageFilter): SeenMessage[] {
  return messages
    .filter(each => (peer === null || each.peer === peer) && (type === null || each.message === type))
    .reverse()
}

/** `<peerset-dashboard-messages>`. */
export class Messages extends Instrument {
  static override styles = [
    Instrument.styles,
    css`
      select.small {
        max-width: 104px;
      }

      /* Columns that do not depend on hundreds of rows are laid out at once. */
      table {
        table-layout: fixed;
      }

      td {
        overflow: hidden;
        text-overflow: ellipsis;
      }

      th:first-child {
        width: 116px;
      }

      th:nth-child(3) {
        width: 16%;
      }

      @container (max-width: 440px) {
        th:first-child {
          width: 108px;
        }

        th:nth-child(3) {
          width: 50px;
        }

        th:is(:nth-child(2), :last-child) {
          width: 68px;
        }

        h2 small {
          display: none;
        }

        .title select.small {
          max-width: 92px;
        }
      }
    `,
  ]
  static override properties = { filter: { state: true }, held: { state: true } }
  readonly heading = 'Messages'
  readonly topics = ['messages', 'time'] as const
  declare filter: MessageFilter
  /** What is shown while paused; null while live. */
  declare held: readonly SeenMessage[] | null
  /** How many messages there were when the table was drawn last. */
  #drawn = 0

  constructor() {
    super()
    this.filter = { peer: null, type: null }
    this.held = null
  }

  /** A flood, which nobody can follow, is drawn once a second; everything else at once. */
  protected override changed(topics: ReadonlySet<Topic>): void {
    const fresh = (this.recorder?.messages.total ?? 0) - this.#drawn
    const isDue = fresh !== 0 && (fresh < FLOOD_MESSAGES || topics.has('time'))
    if (this.held === null && isDue) this.requestUpdate()
  }

  override render(): TemplateResult {
    const { recorder } = this
    const seen = this.held ?? recorder?.messages.elements() ?? []
    const shown = chosen(seen, this.filter)
    this.#drawn = recorder?.messages.total ?? 0
    const body =
      shown.length === 0
        ? html`<p class="empty">${seen.length === 0 ? 'No message has crossed yet.' : 'None of these.'}</p>`
        : html`<div class="scroll" tabindex="0" role="group" aria-label="Table of messages">${tableOf(shown)}</div>`
    return this.card(
      body,
      this.#tools(seen),
      `last ${formatCount(seen.length)} of ${formatCount(recorder?.messages.total ?? 0)}`,
    )
  }

  #tools(seen: readonly SeenMessage[]): TemplateResult {
    const peers = [...new Set(seen.map(each => each.peer))].sort()
    const types = [...new Set(seen.map(each => each.message))].sort()
    const choose = (name: 'peer' | 'type') => (event: Event) => {
      const { value } = event.target as HTMLSelectElement
      this.filter = { ...this.filter, [name]: value === '' ? null : value }
    }
    return html`${picker('All peers', peers, this.filter.peer, choose('peer'), peerName)}
      ${picker('All types', types, this.filter.type, choose('type'), type => type)}
      <button class="small" type="button" aria-pressed=${this.held !== null} @click=${this.hold}>
        ${this.held === null ? 'Pause' : 'Resume'}
      </button>`
  }

  /** Stop or go on following what crosses. */
  readonly hold = (): void => {
    this.held = this.held === null ? (this.recorder?.messages.elements() ?? []) : null
  }
}

function picker(
  all: string,
  values: readonly string[],
  chosenOne: string | null,
  choose: (event: Event) => void,
  write: (value: string) => string,
): TemplateResult {
  // What was chosen stays a choice when the last such message is gone.
  const offered = chosenOne === null || values.includes(chosenOne) ? values : [...values, chosenOne]
  return html`<select class="small" aria-label=${all} @change=${choose}>
    <option value="">${all}</option>
    ${offered.map(value => html`<option value=${value} ?selected=${value === chosenOne}>${write(value)}</option>`)}
  </select>`
}

function tableOf(messages: readonly SeenMessage[]): TemplateResult {
  return html`<table>
    <caption class="unseen">Messages, newest first; times are UTC</caption>
    <thead>
      <tr>
        <th scope="col">Time</th>
        <th scope="col">Peer</th>
        <th scope="col">Way</th>
        <th scope="col">Type</th>
        <th scope="col" class="end">Size</th>
      </tr>
    </thead>
    <tbody>
      ${messages.map(row)}
    </tbody>
  </table>`
}

function row({ time, peer, direction, message, bytes }: SeenMessage): TemplateResult {
  return html`<tr>
    <td class="muted">${formatClock(time)}</td>
    <td class="mono">${peerName(peer)}</td>
    <td class=${direction === 'in' ? 'accent' : 'muted'}>${direction === 'in' ? '↓ in' : '↑ out'}</td>
    <td>${message}</td>
    <td class="end">${formatBytes(bytes)}</td>
  </tr>`
}
