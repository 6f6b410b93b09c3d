/** Who is connected with whom, as far as is known here: this page, and a line to each peer that has a channel to it. */

import { css, svg, type TemplateResult } from 'lit'
import type { PeerStatus } from '../../protocol/neighbour.ts'
import { peerName } from './format.ts'

/** More would be a ball of wool; the table has them all. */
export const PEERS_DRAWN_MAX = 24
const SIZE = 200
const MIDDLE = SIZE / 2
const RADIUS = 72

/** Of the drawing. */
export const topologyStyles = css`
  .topology {
    display: block;
    width: 100%;
    max-width: 160px;
    margin: 8px auto;
    color: var(--peerset-muted);
  }

  .topology .equal {
    color: var(--peerset-good);
  }

  .topology .half {
    stroke-dasharray: 3 4;
  }

  .topology text {
    fill: currentColor;
    font-size: 9px;
    text-anchor: middle;
  }
`

/** Draw the channels to *peers*; a dashed line is a session that does not stand yet, a wide one brings records. */
export function topology(peers: readonly PeerStatus[]): TemplateResult {
  const drawn = peers.slice(0, PEERS_DRAWN_MAX)
  const places = drawn.map((peer, at) => ({ peer, ...placeOf(at, drawn.length) }))
  const more = peers.length > drawn.length ? `, ${peers.length - drawn.length} more` : ''
  return svg`<svg class="topology" viewBox="0 0 ${SIZE} ${SIZE}" role="img"
      aria-label="This page with channels to ${peers.length} ${peers.length === 1 ? 'peer' : 'peers'}">
    <g fill="none" stroke="currentColor">${places.map(({ peer, x, y }) => line(peer, x, y))}</g>
    <circle cx=${MIDDLE} cy=${MIDDLE} r="7" fill="currentColor"><title>this page</title></circle>
    ${places.map(({ peer, x, y }) => dot(peer, x, y))}
    <text x=${MIDDLE} y=${MIDDLE + 18}>this page${more}</text>
  </svg>`
}

/** Say how much is here of what *peer* has more, while it comes; empty when nothing is known to be missing. */
export function progressOf({ progress }: PeerStatus): string {
  if (progress === null || progress.arrived >= progress.wanted) return ''
  return `${progress.arrived.toLocaleString('en')} of ${progress.wanted.toLocaleString('en')}`
}

function placeOf(at: number, count: number): { readonly x: number; readonly y: number } {
  const angle = (2 * Math.PI * at) / count - Math.PI / 2
  return { x: Math.round(MIDDLE + RADIUS * Math.cos(angle)), y: Math.round(MIDDLE + RADIUS * Math.sin(angle)) }
}

function line(peer: PeerStatus, x: number, y: number): TemplateResult {
  const kind = peer.state === 'established' ? (peer.isSynced ? 'equal' : '') : 'half'
  return svg`<line class=${kind} x1=${MIDDLE} y1=${MIDDLE} x2=${x} y2=${y} stroke-width=${progressOf(peer) ? 3 : 1} />`
}

function dot(peer: PeerStatus, x: number, y: number): TemplateResult {
  return svg`<g class=${peer.isSynced ? 'equal' : ''}>
    <circle cx=${x} cy=${y} r="5" fill="currentColor"><title>${peer.id}, ${peer.state}, ${peer.route}</title></circle>
    <text x=${x} y=${y + (y < MIDDLE ? -9 : 16)}>${peerName(peer.id)}</text>
  </g>`
}
