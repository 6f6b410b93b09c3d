/** The set by days: a strip of counts, and above it the tree whose top is what the room's root covers. */

import { css, html, nothing, svg, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import type { UnixTime } from '../../core/clock.ts'
import { abridged, formatCount, formatDay } from './format.ts'
import { Instrument } from './instrument.ts'
import { type DayNode, dayTree, pathFrom } from './tree.ts'

const LEVEL_PIXELS = 22
const TREE_TOP = 14
const STRIP_PIXELS = 64
const GAP_PIXELS = 14

/** `<peerset-dashboard-days>`; dispatches `choose-day` with a UTC day to look into. */
export class Days extends Instrument {
  static override properties = { chosen: { state: true } }
  static override styles = [
    Instrument.styles,
    css`
      svg {
        display: block;
        width: 100%;
        overflow: visible;
      }

      line {
        stroke: var(--peerset-line);
      }

      line.filled {
        stroke: color-mix(in oklab, var(--peerset-accent) 45%, var(--peerset-line));
      }

      line.path {
        stroke: var(--peerset-accent);
        stroke-width: 2;
      }

      circle {
        fill: var(--peerset-surface);
        stroke: color-mix(in oklab, var(--peerset-edge) 60%, var(--peerset-surface));
      }

      circle.filled {
        fill: var(--peerset-accent);
        stroke: var(--peerset-surface);
      }

      circle.path {
        stroke: var(--peerset-accent);
      }

      .bar {
        fill: color-mix(in oklab, var(--peerset-accent) 60%, var(--peerset-surface));
      }

      .floor {
        fill: var(--peerset-line);
      }

      .bar.path {
        fill: var(--peerset-accent);
      }

      .hit {
        fill: transparent;
        cursor: pointer;
      }

      .hit:hover {
        fill: color-mix(in oklab, var(--peerset-text) 7%, transparent);
      }

      .flash {
        animation: flash 1.2s ease-out;
      }

      @keyframes flash {
        from {
          fill: var(--peerset-warn);
          stroke: var(--peerset-warn);
        }
      }

      text {
        fill: var(--peerset-muted);
        font: 11px var(--peerset-font);
      }

      input[type='range'].day {
        display: block;
        width: 100%;
        min-height: 20px;
        margin: 0;
        padding: 0;
        border: 0;
        background: none;
        appearance: none;
        cursor: pointer;
      }

      input::-webkit-slider-runnable-track {
        height: 2px;
        border-radius: 1px;
        background: var(--peerset-line);
      }

      input::-moz-range-track {
        height: 2px;
        border-radius: 1px;
        background: var(--peerset-line);
      }

      input::-webkit-slider-thumb {
        width: 12px;
        height: 12px;
        margin-top: -5px;
        border: 0;
        border-radius: 50%;
        background: var(--peerset-accent);
        appearance: none;
      }

      input::-moz-range-thumb {
        width: 12px;
        height: 12px;
        border: 0;
        background: var(--peerset-accent);
      }

      output {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        align-items: center;
        min-height: 28px;
        margin-top: 4px;
        font-variant-numeric: tabular-nums;
      }

      output button {
        margin-inline-start: auto;
      }
    `,
  ]
  readonly heading = 'Days and root'
  readonly topics = ['records', 'time'] as const
  /** The place of the day that is pointed at; null for the newest with records. */
  declare chosen: number | null
  /** Counts by day as they were drawn last. */
  #drawn: ReadonlyMap<number, number> | null = null
  #room: unknown = null

  constructor() {
    super()
    this.chosen = null
  }

  override render(): TemplateResult {
    const room = this.recorder?.room ?? null
    if (room === null) return this.card(html`<p class="empty">No room is shown yet.</p>`)
    if (this.#room !== room) this.#drawn = null
    this.#room = room
    const nodes = dayTree(room.days, Math.floor(Date.now() / 1_000) as UnixTime)
    const before = this.#drawn
    this.#drawn = new Map(nodes.map(({ day, count }) => [day, count]))
    const hasChanged = ({ day, count }: DayNode) => before?.get(day) !== undefined && before.get(day) !== count
    const here = nodes[this.chosen ?? nodes.findLastIndex(({ count }) => count > 0)] ?? nodes.at(-1)
    const note = `${formatCount(nodes.filter(({ count }) => count > 0).length)} of ${nodes.length} days hold records`
    if (here === undefined) return this.card(nothing)
    return this.card(
      html`<div class="body">${this.#drawing(nodes, here, hasChanged)}${this.#words(nodes, here, room.root)}</div>`,
      null,
      note,
    )
  }

  #drawing(nodes: readonly DayNode[], here: DayNode, hasChanged: (node: DayNode) => boolean): TemplateResult {
    const levels = Math.max(...nodes.map(({ depth }) => depth)) + 1
    const stripTop = TREE_TOP + (levels - 1) * LEVEL_PIXELS + GAP_PIXELS
    const height = stripTop + STRIP_PIXELS + 18
    const path = new Set(pathFrom(nodes, here.place))
    const frame: Frame = {
      step: 100 / nodes.length,
      most: Math.max(1, ...nodes.map(({ count }) => count)),
      stripTop,
      path,
    }
    const choose = (event: Event) => {
      const place = (event.target as Element).getAttribute('data-place')
      if (place !== null) this.chosen = Number(place)
    }
    const open = () => this.#open(here.day)
    return html`<svg height=${height} role="img" aria-label="Tree of days, and records a day" @pointermove=${choose} @pointerdown=${choose} @dblclick=${open}>
      ${nodes.map(node => edge(node, nodes, frame))}
      ${nodes.map(node => keyed(node.count, bar(node, frame, hasChanged(node))))}
      ${nodes.map(node => keyed(node.count, spot(node, frame, hasChanged(node))))}
      ${nodes.map(node => label(node, frame, height))}
      ${nodes.map(({ place }) => svg`<rect class="hit" data-place=${place} x="${place * frame.step}%" width="${frame.step}%" y="0" height=${height - 16}/>`)}
    </svg>`
  }

  #words(nodes: readonly DayNode[], here: DayNode, root: string): TemplateResult {
    const move = (event: Event) => {
      this.chosen = Number((event.target as HTMLInputElement).value)
    }
    const place = here.depth === 0 ? 'top of the tree' : `${here.depth} below the top of the tree`
    return html`<input class="day" type="range" min="0" max=${nodes.length - 1} .value=${String(here.place)} @input=${move}
        aria-label="Day" aria-valuetext="${formatDay(here.day)}, ${here.count} records" />
      <output>
        <b>${formatDay(here.day)}</b>
        <span>${formatCount(here.count)} ${here.count === 1 ? 'record' : 'records'}</span>
        <span class="muted">${place}, ${formatCount(here.total)} in its branch</span>
        <span class="muted">root <span class="mono">${abridged(root)}</span></span>
        <button class="small" type="button" ?disabled=${here.count === 0} @click=${() => this.#open(here.day)}>Show records</button>
      </output>`
  }

  #open(day: number): void {
    this.dispatchEvent(new CustomEvent('choose-day', { detail: day }))
  }
}

/** What places the marks of a drawing. */
interface Frame {
  /** The width of a day, in percent. */
  readonly step: number
  /** The count of the highest bar. */
  readonly most: number
  /** Where the strip begins, in pixels from the top. */
  readonly stripTop: number
  /** The places from the chosen day up to the top. */
  readonly path: ReadonlySet<number>
}

function middle({ place }: DayNode, { step }: Frame): string {
  return `${(place + 0.5) * step}%`
}

function level({ depth }: DayNode): number {
  return TREE_TOP + depth * LEVEL_PIXELS
}

function classOf(node: DayNode, { path }: Frame, isFilled: boolean, isFlashing = false): string {
  return `${isFilled ? 'filled' : ''} ${path.has(node.place) ? 'path' : ''} ${isFlashing ? 'flash' : ''}`
}

function edge(node: DayNode, nodes: readonly DayNode[], frame: Frame): TemplateResult | null {
  const above = node.parent === null ? undefined : nodes[node.parent]
  if (above === undefined) return null
  return svg`<line class=${classOf(node, frame, node.total > 0)} x1=${middle(node, frame)} x2=${middle(above, frame)} y1=${level(node)} y2=${level(above)}/>`
}

function spot(node: DayNode, frame: Frame, isFlashing: boolean): TemplateResult {
  const radius = node.count === 0 ? 2 : 3 + 2 * Math.sqrt(node.count / frame.most)
  return svg`<circle class=${classOf(node, frame, node.count > 0, isFlashing)} cx=${middle(node, frame)} cy=${level(node)} r=${radius}/>`
}

function bar(node: DayNode, frame: Frame, isFlashing: boolean): TemplateResult {
  const { step, most, stripTop } = frame
  const pixels = node.count === 0 ? 2 : 4 + Math.sqrt(node.count / most) * (STRIP_PIXELS - 4)
  const kind = node.count === 0 ? 'floor' : 'bar'
  const name = `${kind} ${classOf(node, frame, false, isFlashing)}`
  return svg`<rect class=${name} x="${(node.place + 0.1) * step}%" width="${step * 0.8}%" y=${stripTop + STRIP_PIXELS - pixels} height=${pixels} rx="1"/>`
}

/** Months begin with their name under their first day. */
function label(node: DayNode, frame: Frame, height: number): TemplateResult | null {
  const date = formatDay(node.day)
  if (!date.endsWith('-01')) return null
  const name = new Date(node.day * 86_400_000).toLocaleString('en', { month: 'short', timeZone: 'UTC' })
  return svg`<text x="${node.place * frame.step}%" y=${height - 3}>${name}</text>`
}
