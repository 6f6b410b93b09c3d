/** The table of trackers: where peers are found, and for how long that has been possible. */

import { css, html, type TemplateResult } from 'lit'
import { durationText } from '../duration.ts'
import { formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import type { RelayNote } from './recorder.ts'

const TONES = { open: 'good', connecting: 'warn', closed: 'bad' } as const

/** `<peerset-dashboard-trackers>`. */
export class Trackers extends Instrument {
  static override styles = [
    Instrument.styles,
    css`
      td:first-child {
        width: 100%;
        max-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
    `,
  ]
  readonly heading = 'Trackers'
  readonly topics = ['time'] as const

  override render(): TemplateResult {
    const relays = this.recorder?.relays ?? []
    if (relays.length === 0) return this.card(html`<p class="empty">This room asks no tracker for peers.</p>`)
    return this.card(
      html`<div class="scroll" tabindex="0" role="group" aria-label="Table of trackers">
        <table>
          <caption class="unseen">Trackers that are asked for peers</caption>
          <thead>
            <tr>
              <th scope="col">Address</th>
              <th scope="col">State</th>
              <th scope="col" class="end">For</th>
              <th scope="col" class="end" title="How often the connection was lost">Lost</th>
            </tr>
          </thead>
          <tbody>
            ${relays.map(relay => this.#row(relay))}
          </tbody>
        </table>
      </div>`,
      null,
      `${formatCount(relays.filter(({ state }) => state === 'open').length)} of ${formatCount(relays.length)} open`,
    )
  }

  #row({ url, state, since, losses }: RelayNote): TemplateResult {
    return html`<tr>
      <td title=${url}>${hostOf(url)}</td>
      <td><i class="dot ${TONES[state]}"></i>${state}</td>
      <td class="end muted">${durationText(Math.floor((Date.now() - since) / 1_000))}</td>
      <td class="end">${formatCount(losses)}</td>
    </tr>`
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
