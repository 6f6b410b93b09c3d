/** The peers: who has a channel to us, how their sessions and sets stand, and how much crosses. */

import { css, html, type TemplateResult } from 'lit'
import type { PeerStatus } from '../../protocol/neighbour.ts'
import { formatBytes } from '../bytes.ts'
import { spanText } from '../room/standing.ts'
import { formatCount, formatLag, keyName, npubOf, peerName } from './format.ts'
import { Instrument } from './instrument.ts'
import { fullHeight, sparkline, sparklineStyles } from './sparkline.ts'
import { type Column, scrolled, tableOf } from './table.ts'
import { progressOf, topology, topologyStyles } from './topology.ts'

const TONES: { readonly [state in PeerStatus['state']]: string } = {
  greeted: 'warn',
  proving: 'warn',
  established: 'good',
  foreign: 'muted',
  closing: 'muted',
  closed: 'muted',
}

const COLUMNS: readonly (string | Column)[] = [
  'Peer',
  'State',
  'Set',
  { name: 'Lag', kind: 'end' },
  { name: 'Gained', kind: 'end', title: 'Records that this peer gave us and that were new' },
  { name: 'Given', kind: 'end', title: 'Records that we sent it' },
  { name: 'Route', kind: 'spare' },
  { name: 'Last minute', title: 'Bytes per second over the last minute' },
]

/** `<peerset-dashboard-peers>`. */
export class Peers extends Instrument {
  static override styles = [
    Instrument.styles,
    sparklineStyles,
    topologyStyles,
    css`
      @container (max-width: 760px) {
        .spare {
          display: none;
        }

        th,
        td {
          padding-inline: 6px;
        }
      }

      /* Two lines a peer: a phone has no room for eight columns. */
      @container (max-width: 520px) {
        thead {
          position: absolute;
          clip-path: inset(50%);
        }

        .wide,
        .flow span {
          display: none;
        }

        tr {
          display: grid;
          grid-template-columns: repeat(3, auto) 72px;
          gap: 0 12px;
          justify-content: space-between;
          padding: 6px 16px;
          border-bottom: 1px solid var(--peerset-line);
        }
      }

      @container (max-width: 520px) {
        td,
        td.end {
          height: auto;
          padding: 0 !important;
          border: 0;
          text-align: start;
        }

        td:last-child {
          grid-area: 1 / 4 / 3;
          align-self: center;
        }

        td[data-name]::before {
          content: attr(data-name) ' ';
          color: var(--peerset-muted);
        }

        svg {
          width: 72px;
        }
      }
    `,
  ]
  readonly heading = 'Peers'
  readonly topics = ['time', 'log'] as const

  override render(): TemplateResult {
    const { recorder } = this
    const peers = recorder?.room.peers ?? []
    if (recorder === null || peers.length === 0)
      return this.card(html`<p class="empty">No peer has a channel to us.</p>`)
    const now = performance.now()
    const flows = new Map(peers.map(({ id }) => [id, recorder.rates.get(id)?.history(now) ?? []]))
    const most = fullHeight(flows.values())
    const rows = peers.map(peer => this.#row(peer, flows.get(peer.id) ?? [], most))
    return this.card(
      html`${topology(peers)}
      ${scrolled('Table of peers', tableOf('Peers with a channel to this page', COLUMNS, rows))}`,
      null,
      formatCount(peers.length),
    )
  }

  #row(peer: PeerStatus, flow: readonly number[], most: number): TemplateResult {
    const { id, key, state, isSynced, hasOtherRules, keepsSeconds, lagSeconds, gained, given, route, progress } = peer
    const standing = isSynced ? 'equal' : hasOtherRules ? 'other rules' : state === 'established' ? 'differs' : '–'
    const kept = keepsSeconds === null ? '' : `, keeps ${spanText(keepsSeconds)}`
    const bytes = progress === null ? '' : `${formatBytes(progress.arrivedBytes)} came in this round`
    return html`<tr>
      <td>
        <span class="mono" title=${id}>${peerName(id)}</span>
        ${key && html`<span class="mono muted wide" title=${npubOf(key)}> ${keyName(key)}</span>`}
      </td>
      <td><i class="dot ${TONES[state]}"></i>${state}</td>
      <td class=${isSynced ? 'good' : 'muted'} title=${bytes}>${progressOf(peer) || standing}${kept}</td>
      <td class="end" data-name="lag">${formatLag(lagSeconds)}</td>
      <td class="end" data-name="gained">${formatCount(gained)}</td>
      <td class="end" data-name="given">${formatCount(given)}</td>
      <td class="muted spare">${route}</td>
      <td>${sparkline(flow, most)}</td>
    </tr>`
  }
}
