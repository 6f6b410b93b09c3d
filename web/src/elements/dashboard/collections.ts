/** The collections that this page has declared: fields, indexes, how many documents, and which queries are slow. */

import { css, html, type TemplateResult } from 'lit'
import type { Collection } from '../../data/collection.ts'
import { fieldsOf, Statistics } from '../../data/statistics.ts'
import { formatCount } from './format.ts'
import { Instrument } from './instrument.ts'
import type { Topic } from './recorder.ts'

/** So many queries are listed. */
export const QUERIES_SHOWN = 8
/** Counting asks the store: no oftener than this. */
const LOOK_MILLISECONDS = 2_000
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
  readonly #statistics = new Statistics()
  #stops: (() => void)[] = []
  readonly #figures = new WeakMap<Collection, CollectionFigures>()
  #looked = Number.NEGATIVE_INFINITY
  #isLooking = false

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#lookAway()
  }

  protected override changed(_topics: ReadonlySet<Topic>): void {
    this.requestUpdate()
    if (!this.#isLooking && performance.now() - this.#looked >= LOOK_MILLISECONDS) void this.look()
  }

  /** Count anew, and time the queries of every collection from now on. */
  async look(): Promise<void> {
    const collections = this.recorder?.room.collections ?? []
    this.#isLooking = true
    // What is counted here is no query of the page's.
    this.#lookAway()
    try {
      for (const collection of collections) {
        const [documents, misfits] = [await collection.count(), (await collection.misfits()).length]
        this.#figures.set(collection, { documents, misfits })
      }
      const stores = new Set(await Promise.all(collections.map(({ inside }) => inside.store())))
      if (this.isConnected) this.#stops = Array.from(stores, store => this.#statistics.watch(store))
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
    return this.card(
      html`<div class="scroll" tabindex="0" role="group" aria-label="Tables of collections">
        <table>
          <caption class="unseen">Collections that this page has declared</caption>
          <thead>
            <tr>
              <th scope="col">Collection</th>
              <th scope="col">Fields</th>
              <th scope="col">Indexes</th>
              <th scope="col" class="end">Documents</th>
              <th scope="col" class="end" title="Documents that do not fit the schema">Misfits</th>
            </tr>
          </thead>
          <tbody>
            ${collections.map(each => this.#row(each))}
          </tbody>
        </table>
        ${this.#queries()}
      </div>`,
      null,
      formatCount(collections.length),
    )
  }

  #lookAway(): void {
    for (const stop of this.#stops.splice(0)) stop()
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
    const slowest = this.#statistics.slowest().slice(0, QUERIES_SHOWN)
    if (slowest.length === 0) return html`<p class="empty">No query since this was opened.</p>`
    return html`<table>
      <caption class="unseen">The slowest queries since this was opened</caption>
      <thead>
        <tr>
          <th scope="col">Slowest queries</th>
          <th scope="col" class="end">Asked</th>
          <th scope="col" class="end" title="The middle of the last times">Time</th>
          <th scope="col" class="end">Most</th>
        </tr>
      </thead>
      <tbody>
        ${slowest.map(
          ({ collection, text, count, milliseconds, mostMilliseconds }) => html`<tr>
            <td class="fields">${collection}: ${text}</td>
            <td class="end">${formatCount(count)}</td>
            <td class="end">${TIME.format(milliseconds)} ms</td>
            <td class="end">${TIME.format(mostMilliseconds)} ms</td>
          </tr>`,
        )}
      </tbody>
    </table>`
  }
}
