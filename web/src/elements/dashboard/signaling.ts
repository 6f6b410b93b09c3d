/** The table of the places where peers are met, by each strategy: how they stand, for how long, and what comes next. */

import { css, html, type TemplateResult } from 'lit'
import { durationText } from '../duration.ts'
import { formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import type { PlaceNote } from './recorder.ts'
import { type Column, scrolled, tableOf } from './table.ts'

const TONES = { open: 'good', connecting: 'warn', resting: 'bad', closed: 'bad' } as const
const COLUMNS: readonly (string | Column)[] = [
  'Place',
  'Strategy',
  'State',
  { name: 'For', kind: 'end' },
  { name: 'Answered', kind: 'end', title: 'How long ago it last did what it was asked' },
  { name: 'Lost', kind: 'end', title: 'How often the connection was lost' },
]

/** `<peerset-dashboard-signaling>`. */
export class Signaling extends Instrument {
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
  readonly heading = 'Signaling'
  readonly topics = ['time'] as const

  override render(): TemplateResult {
    const places = this.recorder?.signaling ?? []
    if (places.length === 0) return this.card(html`<p class="empty">This room looks for peers nowhere.</p>`)
    return this.card(
      scrolled('Table of places to meet', tableOf('Places where peers are met', COLUMNS, places.map(rowOf))),
      null,
      `${formatCount(places.filter(({ state }) => state === 'open').length)} of ${formatCount(places.length)} open`,
    )
  }
}

function rowOf(note: PlaceNote): TemplateResult {
  const { strategy, place, state, since, lastSuccess, losses } = note
  return html`<tr>
    <td title=${place}>${hostOf(place)}</td>
    <td>${strategy}</td>
    <td title=${note.error ?? ''}><i class="dot ${TONES[state]}"></i>${stateOf(note)}</td>
    <td class="end muted">${agoText(since)}</td>
    <td class="end muted">${lastSuccess === null ? 'never' : agoText(lastSuccess)}</td>
    <td class="end">${formatCount(losses)}</td>
  </tr>`
}

function stateOf({ state, nextTry }: PlaceNote): string {
  return nextTry === null ? state : `${state}, next try in ${durationText(Math.max(0, secondsTo(nextTry)))}`
}

function agoText(time: number): string {
  return durationText(Math.max(0, -secondsTo(time)))
}

function secondsTo(time: number): number {
  return Math.ceil((time - Date.now()) / 1_000)
}

function hostOf(place: string): string {
  return URL.canParse(place) ? new URL(place).host : place
}
