/** The table of trackers: where peers are found, and for how long that has been possible. */

import { css, html, type TemplateResult } from 'lit'
import { durationText } from '../duration.ts'
import { formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import type { RelayNote } from './recorder.ts'
import { type Column, scrolled, tableOf } from './table.ts'

const TONES = { open: 'good', connecting: 'warn', closed: 'bad' } as const
const COLUMNS: readonly (string | Column)[] = [
  'Address',
  'State',
  { name: 'For', kind: 'end' },
  { name: 'Lost', kind: 'end', title: 'How often the connection was lost' },
]

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
      scrolled('Table of trackers', tableOf('Trackers that are asked for peers', COLUMNS, relays.map(rowOf))),
      null,
      `${formatCount(relays.filter(({ state }) => state === 'open').length)} of ${formatCount(relays.length)} open`,
    )
  }
}

function rowOf({ url, state, since, losses }: RelayNote): TemplateResult {
  return html`<tr>
    <td title=${url}>${hostOf(url)}</td>
    <td><i class="dot ${TONES[state]}"></i>${state}</td>
    <td class="end muted">${durationText(Math.floor((Date.now() - since) / 1_000))}</td>
    <td class="end">${formatCount(losses)}</td>
  </tr>`
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
