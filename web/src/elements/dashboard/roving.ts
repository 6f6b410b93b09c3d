/** One tab stop for a whole table: inside it arrows, Home, End and the page keys move (WAI-ARIA, the grid pattern). */

import type { LitElement, ReactiveController } from 'lit'

/** So many rows are passed by the page keys. */
const PAGE_ROWS = 10

/** A place among rows and columns. */
export interface Place {
  readonly row: number
  readonly column: number
}

/** What was pressed. */
export interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
}

/** Give where *pressed* leads from *place*, in *size* rows and columns; null when it leads nowhere. */
export function step(
  { key, ctrlKey }: Pressed,
  { row, column }: Place,
  size: Place,
  isRightToLeft = false,
): Place | null {
  const last = { row: size.row - 1, column: size.column - 1 }
  const to = (place: Partial<Place>): Place => {
    const next = { row, column, ...place }
    return { row: within(next.row, last.row), column: within(next.column, last.column) }
  }
  const forward = isRightToLeft ? -1 : 1
  switch (key) {
    case 'ArrowDown':
      return to({ row: row + 1 })
    case 'ArrowUp':
      return to({ row: row - 1 })
    case 'ArrowRight':
      return to({ column: column + forward })
    case 'ArrowLeft':
      return to({ column: column - forward })
    case 'PageDown':
      return to({ row: row + PAGE_ROWS })
    case 'PageUp':
      return to({ row: row - PAGE_ROWS })
    case 'Home':
      return ctrlKey ? to({ row: 0, column: 0 }) : to({ column: 0 })
    case 'End':
      return ctrlKey ? to(last) : to({ column: last.column })
    default:
      return null
  }
}

/**
 * Moves the focus in the rows of one table of *host*, whose body calls `pressed` and `focused`.
 *
 * Of a cell with a button, the button is what is focused; it has tabindex -1 in the template.
 */
export class Roving implements ReactiveController {
  readonly #host: LitElement
  /** What the tabulator key reaches. */
  #stop: HTMLElement | null = null

  constructor(host: LitElement) {
    this.#host = host
    host.addController(this)
  }

  /** Let the tabulator key reach what it did before, if that is still there. */
  hostUpdated(): void {
    if (this.#stop?.isConnected !== true || !isShown(this.#stop)) this.#offer(this.#rows()[0]?.[0] ?? null)
  }

  /** A key was pressed in the table. */
  readonly pressed = (event: KeyboardEvent): void => {
    const rows = this.#rows()
    const row = rows.findIndex(cells => cells.includes(event.target as HTMLElement))
    const column = rows[row]?.indexOf(event.target as HTMLElement) ?? -1
    if (row < 0) return
    const isRightToLeft = getComputedStyle(this.#host).direction === 'rtl'
    const place = step(event, { row, column }, { row: rows.length, column: rows[row]?.length ?? 0 }, isRightToLeft)
    if (place === null) return
    event.preventDefault()
    const cells = rows[place.row]
    const next = cells?.[place.column] ?? cells?.at(-1)
    this.#offer(next ?? null)
    next?.focus()
  }

  /** Something in the table got the focus, by a key or a click. */
  readonly focused = (event: FocusEvent): void => {
    const target = event.target as HTMLElement
    if (this.#rows().some(cells => cells.includes(target))) this.#offer(target)
  }

  #offer(next: HTMLElement | null): void {
    if (next === this.#stop) return
    if (this.#stop?.localName === 'button') this.#stop.tabIndex = -1
    else this.#stop?.removeAttribute('tabindex')
    this.#stop = next
    if (next !== null) next.tabIndex = 0
  }

  /** Give what can be focused, row by row. */
  #rows(): HTMLElement[][] {
    const rows = this.#host.renderRoot.querySelectorAll('[role=grid] tbody tr')
    return [...rows].map(row =>
      [...row.querySelectorAll<HTMLElement>('td')].filter(isShown).map(cell => cell.querySelector('button') ?? cell),
    )
  }
}

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0
}

function within(number: number, last: number): number {
  return Math.max(0, Math.min(number, last))
}
