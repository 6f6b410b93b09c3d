/** A small line of what crossed in the last minute, and how much that is a second. */

import { css, html, svg, type TemplateResult } from 'lit'
import { formatBytes } from '../bytes.ts'
import { linePoints, RATE_SECONDS } from './rates.ts'

const WIDTH = 96
const HEIGHT = 20
/** A line at full height is at least so many bytes per second, so that heartbeats stay a ripple. */
const FULL_HEIGHT_BYTES_MIN = 2_000

/** The looks of sparklines. */
export const sparklineStyles = css`
  svg {
    display: block;
    width: 96px;
    height: 20px;
  }

  polyline {
    fill: none;
    stroke: var(--peerset-accent);
    stroke-width: 1.5;
    stroke-linejoin: round;
    vector-effect: non-scaling-stroke;
  }

  polygon {
    fill: color-mix(in oklab, var(--peerset-accent) 14%, transparent);
  }

  .flow {
    display: flex;
    gap: 8px;
    align-items: center;
  }

  .flow span {
    min-width: 64px;
  }
`

/** Give the value at full height of lines that are compared with each other. */
export function fullHeight(flows: Iterable<readonly number[]>): number {
  return Math.max(FULL_HEIGHT_BYTES_MIN, ...[...flows].flat())
}

/** Write how much crosses now, per second. */
export function flowText(flow: readonly number[]): string {
  // The running second is not over yet.
  return `${formatBytes(flow.at(-2) ?? 0)}/s`
}

/** Draw *flow*, bytes by second, with *most* at full height. */
export function sparkline(flow: readonly number[], most: number): TemplateResult {
  const points = linePoints(flow, WIDTH, HEIGHT - 2, most)
  const sum = flow.reduce((total, bytes) => total + bytes, 0)
  return html`<div class="flow">
    <svg viewBox="0 -1 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${formatBytes(sum)} in ${RATE_SECONDS} seconds">
      ${svg`<polygon points="0,${HEIGHT - 2} ${points} ${WIDTH},${HEIGHT - 2}"/><polyline points=${points}/>`}
    </svg>
    <span class="end muted">${flowText(flow)}</span>
  </div>`
}
