/** The collections that this page has declared: fields, indexes, how many documents, and which queries are slow. */

import { css, html, type TemplateResult } from 'lit'
import type { Collection } from '../../data/collection.ts'
import type { Order } from '../../documents/order.ts'
import { formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import type { Topic } from './recorder.ts'
import { type Column, scrolled, tableOf } from './table.ts'

/** So many queries are listed. */
export const QUERIES_SHOWN = 8
/** Counting asks the store: no oftener than this. */
const LOOK_MILLISECONDS = 2_000
const COLLECTIONS: readonly (string | Column)[] = [
  'Collection',
  'Fields',
  'Indexes',
  { name: 'Documents', kind: 'end' },
  { name: 'Misfits', kind: 'end', title: 'Documents that do not fit the schema' },
]
const QUERIES: readonly (string | Column)[] = [
  'Slowest queries',
  { name: 'Asked', kind: 'end' },
  { name: 'Time', kind: 'end', title: 'The middle of the last times' },
  { name: 'Most', kind: 'end' },
]
const TIME = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** What is told of a collection. */
export interface CollectionFigures {
  readonly documents: number
  readonly misfits: number
}

/** `<peerset-dashboard-collections>`. */
export class Collections extends Instrument {
  static override styles = [
    Instrument.styles,
    css`
      td:first-child {
        overflow-wrap: anywhere;
      }

      td.fields {
        white-space: normal;
      }
    `,
  ]
  readonly heading = 'Collections'
  readonly topics = ['time', 'records'] as const
  readonly #figures = new WeakMap<Collection, CollectionFigures>()
  #looked = Number.NEGATIVE_INFINITY
  #isLooking = false

  protected override changed(_topics: ReadonlySet<Topic>): void {
    this.requestUpdate()
    if (!this.#isLooking && performance.now() - this.#looked >= LOOK_MILLISECONDS) void this.look()
  }

  /** Count anew. */
  async look(): Promise<void> {
    const collections = this.recorder?.room.collections ?? []
    this.#isLooking = true
    try {
      for (const collection of collections) {
        // What is counted here is no query of the page's.
        const { plan, store } = collection.inside
        const documents = await (await store()).count(plan({}, {}))
        this.#figures.set(collection, { documents, misfits: (await collection.misfits()).length })
      }
    } catch {
      // The room was left, or its store is gone: the heading says so.
    } finally {
      this.#isLooking = false
      this.#looked = performance.now()
      this.requestUpdate()
    }
  }

  override render(): TemplateResult {
    const collections = this.recorder?.room.collections ?? []
    if (collections.length === 0) {
      return this.card(html`<p class="empty">This page has declared no collection.</p>`)
    }
    const rows = collections.map(each => this.#row(each))
    const table = tableOf('Collections that this page has declared', COLLECTIONS, rows)
    return this.card(scrolled('Tables of collections', table, this.#queries()), null, formatCount(collections.length))
  }

  #row(collection: Collection): TemplateResult {
    const { name, definition } = collection
    const { columns, indexes, text, place, arrays } = definition
    const found = [
      // Each ends by time.
      ...indexes.map(terms => fieldsOf(terms.slice(0, -1)).join(' + ') || 'time'),
      ...arrays.map(field => `${field}[]`),
      ...text.map(field => `words of ${field}`),
      ...(place === null ? [] : [`place ${place}`]),
    ]
    const figures = this.#figures.get(collection)
    const fields =
      definition.schema === null ? 'any JSON' : columns.map(({ field, type }) => `${field} ${type}`).join(', ')
    return html`<tr>
      <td>${name}</td>
      <td class="fields muted">${fields}</td>
      <td class="fields muted">${found.join(', ') || '–'}</td>
      <td class="end">${figures === undefined ? '…' : formatCount(figures.documents)}</td>
      <td class="end ${figures?.misfits ? 'warn' : ''}">${figures === undefined ? '…' : formatCount(figures.misfits)}</td>
    </tr>`
  }

  #queries(): TemplateResult {
    const slowest = (this.recorder?.room.queries ?? []).slice(0, QUERIES_SHOWN)
    if (slowest.length === 0) return html`<p class="empty">No query yet.</p>`
    const rows = slowest.map(
      ({ collection, query, count, p50, longest }) => html`<tr>
        <td class="fields">${collection}: ${query}</td>
        <td class="end">${formatCount(count)}</td>
        <td class="end">${TIME.format(p50 * 1_000)} ms</td>
        <td class="end">${TIME.format(longest * 1_000)} ms</td>
      </tr>`,
    )
    return tableOf('The slowest queries', QUERIES, rows)
  }
}

/** Write the fields of *order*, as `namesOf` does: that would bring the whole of collections along. */
function fieldsOf(order: Order): string[] {
  return order.map(({ field, isDescending }) => `${isDescending ? '-' : ''}${field}`)
}
