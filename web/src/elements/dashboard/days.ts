/** The set by days: a strip of counts, and above it the tree whose top is what the room's root covers. */

import { css, html, type PropertyValues, svg, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import { dayOf } from '../../core/bucket.ts'
import { type Calendar, type Cell, calendarOf, cellLabel, cellName, type Stretch, whole } from './calendar.ts'
import { abridged, formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import { pathFrom, type TreeNode, treeOf } from './tree.ts'

const LEVEL_PIXELS = 22
const TREE_TOP = 14
const STRIP_PIXELS_MIN = 64
const STRIP_PIXELS_MAX = 128
const GAP_PIXELS = 14
const LABEL_PIXELS = 18
/** A small tree leaves its room to the strip. */
const DRAWING_PIXELS_MIN = 244

/** `<peerset-dashboard-days>`; dispatches `choose-days` with the first and last UTC day to look into. */
export class Days extends Instrument {
  static override properties = { chosen: { state: true }, within: { state: true } }
  static override styles = [
    Instrument.styles,
    css`
      .body {
        margin-block-start: auto;
      }

      svg {
        display: block;
        width: 100%;
        overflow: visible;
      }

      line {
        stroke: color-mix(in oklab, var(--peerset-accent) 45%, var(--peerset-line));
      }

      line.path {
        stroke: var(--peerset-accent);
        stroke-width: 2;
      }

      circle {
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

      .floor.path {
        fill: var(--peerset-muted);
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

      output .row {
        margin-inline-start: auto;
      }
    `,
  ]
  readonly heading = 'Days and root'
  readonly topics = ['records', 'time'] as const
  /** A day in what is pointed at; null for the newest with records. */
  declare chosen: number | null
  /** The month or year that is looked into; null for all. */
  declare within: Stretch | null
  /** Counts, by the first day of each cell, as they were drawn last. */
  #drawn: ReadonlyMap<number, number> | null = null

  constructor() {
    super()
    this.chosen = this.within = null
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed)
    if (!changed.has('recorder')) return
    this.chosen = this.within = null
    this.#drawn = null
  }

  override render(): TemplateResult {
    const room = this.recorder?.room ?? null
    if (room === null) return this.card(html`<p class="empty">No room is shown yet.</p>`)
    const { days } = room
    const calendar = calendarOf(days, this.within ?? whole(days, dayOf(Date.now() / 1_000)))
    const { cells } = calendar
    const place = placeOf(cells, this.chosen)
    const here = cells[place]
    if (here === undefined) return this.card(null)
    const before = this.#drawn
    this.#drawn = new Map(cells.map(({ first, count }) => [first, count]))
    const hasChanged = ({ first, count }: Cell) => before?.get(first) !== undefined && before.get(first) !== count
    const nodes = treeOf(cells)
    const all = this.#back(calendar)
    const filled = cells.reduce((sum, cell) => sum + cell.days, 0)
    const note = `${formatCount(filled)} ${filled === 1 ? 'day holds' : 'days hold'} records`
    return this.card(
      html`<div class="body">
        ${this.#drawing(calendar, nodes, place, hasChanged)}${this.#words(calendar, nodes, place, here, room.root)}
      </div>`,
      all,
      note,
    )
  }

  #drawing(
    calendar: Calendar,
    nodes: readonly TreeNode[],
    chosen: number,
    hasChanged: (cell: Cell) => boolean,
  ): TemplateResult {
    const { cells } = calendar
    const frame = frameOf(cells, nodes, chosen)
    const height = frame.stripTop + frame.stripPixels + LABEL_PIXELS
    const choose = (event: Event) => {
      const place = (event.target as Element).getAttribute('data-place')
      if (place !== null) this.chosen = cells[Number(place)]?.first ?? null
    }
    const open = () => this.#open(cells[chosen], calendar)
    return html`<svg height=${height} role="img" aria-label="Tree of days, and records a ${calendar.scale}" @pointermove=${choose} @pointerdown=${choose} @dblclick=${open}>
      ${nodes.map((node, number) => edge(node, number, nodes, frame))}
      ${cells.map((cell, place) => keyed(cell.count, bar(cell, place, frame, hasChanged(cell))))}
      ${nodes.map((node, number) => keyed(node.count, spot(node, number, frame, hasChanged(node))))}
      ${cells.map((cell, place) => label(cellLabel(cell, calendar), place, frame, height))}
      ${cells.map((_, place) => svg`<rect class="hit" data-place=${place} x="${place * frame.step}%" width="${frame.step}%" y="0" height=${height - 16}/>`)}
    </svg>`
  }

  #words(calendar: Calendar, nodes: readonly TreeNode[], place: number, here: Cell, root: string): TemplateResult {
    const { scale, cells } = calendar
    const move = (event: Event) => {
      this.chosen = cells[Number((event.target as HTMLInputElement).value)]?.first ?? null
    }
    const node = nodes.find(each => each.place === place)
    const name = cellName(here, scale)
    const count = `${formatCount(here.count)} ${here.count === 1 ? 'record' : 'records'}`
    const into = () => this.#look(here)
    return html`<input class="day" type="range" min="0" max=${cells.length - 1} .value=${String(place)} @input=${move}
        aria-label=${scale === 'day' ? 'Day' : scale === 'month' ? 'Month' : 'Year'} aria-valuetext="${name}, ${count}" />
      <output>
        <b>${name}</b>
        <span>${count}</span>
        ${node === undefined || node.total === node.count ? null : html`<span class="muted">${formatCount(node.total)} in its branch</span>`}
        <span class="muted">root <span class="mono">${abridged(root)}</span></span>
        <span class="row">
          ${scale === 'day' ? null : html`<button class="small" type="button" ?disabled=${here.count === 0} @click=${into}>Look into it</button>`}
          <button class="small" type="button" ?disabled=${here.count === 0} @click=${() => this.#show(here)}>Show records</button>
        </span>
      </output>`
  }

  /** The way back from a month or a year to all of them. */
  #back({ cells }: Calendar): TemplateResult | null {
    const [first] = cells
    if (this.within === null || first === undefined) return null
    return html`<button class="small" type="button" @click=${() => this.#look(null)}>All days</button>`
  }

  #look(into: Stretch | null): void {
    this.within = into
    this.chosen = null
    this.#drawn = null
    // The button that led here is gone.
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.focus())
  }

  #open(cell: Cell | undefined, { scale }: Calendar): void {
    if (cell === undefined || cell.count === 0) return
    if (scale === 'day') this.#show(cell)
    else this.#look(cell)
  }

  #show({ first, last }: Cell): void {
    this.dispatchEvent(new CustomEvent<Stretch>('choose-days', { detail: { first, last } }))
  }
}

/** Give the place of the cell that holds *day*; without one, of the newest that holds records, or else the last. */
function placeOf(cells: readonly Cell[], day: number | null): number {
  const chosen = day === null ? -1 : cells.findIndex(({ first, last }) => first <= day && day <= last)
  if (chosen >= 0) return chosen
  const newest = cells.findLastIndex(({ count }) => count > 0)
  return newest >= 0 ? newest : cells.length - 1
}

/** What places the marks of a drawing. */
interface Frame {
  /** The width of a cell, in percent. */
  readonly step: number
  /** The count of the highest bar. */
  readonly most: number
  /** Where the strip begins, in pixels from the top. */
  readonly stripTop: number
  readonly stripPixels: number
  readonly chosen: number
  /** The nodes from the chosen one up to the top. */
  readonly path: ReadonlySet<number>
}

function frameOf(cells: readonly Cell[], nodes: readonly TreeNode[], chosen: number): Frame {
  const levels = Math.max(0, ...nodes.map(({ depth }) => depth))
  const stripTop = TREE_TOP + levels * LEVEL_PIXELS + GAP_PIXELS
  return {
    step: 100 / cells.length,
    most: Math.max(1, ...cells.map(({ count }) => count)),
    stripTop,
    stripPixels: Math.min(STRIP_PIXELS_MAX, Math.max(STRIP_PIXELS_MIN, DRAWING_PIXELS_MIN - stripTop)),
    chosen,
    path: new Set(pathFrom(nodes, chosen)),
  }
}

function middle(place: number, { step }: Frame): string {
  return `${(place + 0.5) * step}%`
}

function level({ depth }: TreeNode): number {
  return TREE_TOP + depth * LEVEL_PIXELS
}

function edge(node: TreeNode, number: number, nodes: readonly TreeNode[], frame: Frame): TemplateResult | null {
  const above = node.parent === null ? undefined : nodes[node.parent]
  if (above === undefined) return null
  return svg`<line class=${frame.path.has(number) ? 'path' : ''} x1=${middle(node.place, frame)} x2=${middle(above.place, frame)} y1=${level(node)} y2=${level(above)}/>`
}

function spot(node: TreeNode, number: number, frame: Frame, isFlashing: boolean): TemplateResult {
  const radius = 3 + 2 * Math.sqrt(node.count / frame.most)
  const name = `${frame.path.has(number) ? 'path' : ''} ${isFlashing ? 'flash' : ''}`
  return svg`<circle class=${name} cx=${middle(node.place, frame)} cy=${level(node)} r=${radius}/>`
}

function bar({ count }: Cell, place: number, frame: Frame, isFlashing: boolean): TemplateResult {
  const { step, most, stripTop, stripPixels, chosen } = frame
  const pixels = count === 0 ? 2 : 4 + Math.sqrt(count / most) * (stripPixels - 4)
  const name = `${count === 0 ? 'floor' : 'bar'} ${place === chosen ? 'path' : ''} ${isFlashing ? 'flash' : ''}`
  return svg`<rect class=${name} x="${(place + 0.1) * step}%" width="${step * 0.8}%" y=${stripTop + stripPixels - pixels} height=${pixels} rx="1"/>`
}

/** What begins has its name under it; at the right edge the name ends there. */
function label(text: string | null, place: number, frame: Frame, height: number): TemplateResult | null {
  if (text === null) return null
  const isLast = (place + 0.5) * frame.step > 92
  const x = (isLast ? place + 1 : place) * frame.step
  return svg`<text x="${x}%" y=${height - 3} text-anchor=${isLast ? 'end' : 'start'}>${text}</text>`
}
