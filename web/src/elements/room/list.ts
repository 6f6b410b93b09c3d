/** The list of records: the newest at the bottom, by day, older ones on demand. */

import { html, type LitElement, nothing, type ReactiveController, render, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { repeat } from 'lit/directives/repeat.js'
import type { PublicKey } from '../../core/keys.ts'
import type { Record, RecordId } from '../../core/record.ts'
import type { Face } from './face.ts'
import type { Pages } from './pages.ts'
import { contentOf, type Fields, fieldsOf, fill, stylesOf, templateIn } from './template.ts'

/** Nearer than this to the bottom, a reader follows what comes. */
const FOLLOWING_PIXELS = 32
/** Within this time, records of one author stand together. */
const TOGETHER_SECONDS = 300

const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** What a list shows its records with. */
export interface ListOptions {
  readonly pages: Pages
  readonly onDelete: (id: RecordId) => void
  /** Shows a record that is more than its text, and says what templates may say of it; null for all others. */
  readonly card: (record: Record) => Card | null
}

/** What the visitor may do with what is here. */
export interface ListState {
  readonly canDelete: boolean
  readonly isJoined: boolean
  /** Nothing of it opens. */
  readonly isLocked: boolean
}

/** What stands in the place of records that do not open. */
export const lockedView: TemplateResult = html`<p class="empty" part="empty">What is here is sealed.</p>`

/** How a record is shown that is more than its text. */
export interface Card {
  readonly view: TemplateResult
  readonly fields: Fields
}

/** Shows pages of records and keeps the reader's place in them. */
export class RecordList implements ReactiveController {
  readonly #host: LitElement
  readonly #pages: Pages
  readonly #onDelete: (id: RecordId) => void
  readonly #card: ListOptions['card']
  readonly #unfolded = new Set<RecordId>()
  /** Where copies of a page's template show what is more than text. */
  readonly #places = new WeakMap<Face, readonly HTMLElement[]>()
  /** What the visitor may delete, once they say so again. */
  #doomed: RecordId | null = null
  #last: readonly Face[] = []
  /** Of what is open above and below the list, so that its bottom stays in view. */
  #observer: ResizeObserver | null = null
  /** In pixels, when the observer last looked. */
  #height = 0
  /** In pixels, where the list was last known to be: its own doing, or a reader's that an event told of. */
  #top = 0
  #hasUnseen = false
  /** The first record in view, and how far below the top it is, while the reader is not at the bottom. */
  #anchor: { readonly id: string; readonly top: number } | null = null

  constructor(host: LitElement, { pages, onDelete, card }: ListOptions) {
    this.#host = host
    this.#pages = pages
    this.#onDelete = onDelete
    this.#card = card
    host.addController(this)
  }

  /** The list; records by *own* can be deleted while *canDelete*. */
  render(own: PublicKey, { canDelete, isJoined, isLocked }: ListState): TemplateResult {
    const { shown, hasEarlier, hasLater, isRead } = this.#pages
    const template = templateIn(this.#host, 'item')
    return html`<div class="view">
      <div class="scroller" part="list" role="log" aria-label="Records" aria-busy=${!isJoined} tabindex="0" @scroll=${this.#scrolled}>
        ${template === null ? nothing : guard([template], () => stylesOf(template))}
        ${hasEarlier ? html`<button class="earlier" part="earlier" @click=${this.#showEarlier}>Earlier</button>` : nothing}
        ${isJoined && isRead && shown.length === 0 ? this.#empty(isLocked) : nothing}
        <ol>
          ${repeat(
            shown,
            ({ record }) => record.id,
            (face, at) => {
              const isOwn = canDelete && face.record.author === own
              return template === null
                ? this.#row(face, shown[at - 1], { isOwn, isMine: face.record.author === own })
                : this.#copy(template, face, isOwn)
            },
          )}
        </ol>
        ${hasLater ? html`<button class="earlier later" part="later" @click=${this.#showLater}>Later</button>` : nothing}
      </div>
      <button class="newest" part="newest" ?hidden=${!this.#hasUnseen && !hasLater} @click=${this.#showNewest}>Newer records</button>
    </div>`
  }

  /** Note where the reader is, before the list changes; of a scroll in this frame no event told yet. */
  hostUpdate(): void {
    const scroller = this.#scroller
    if (scroller === null) return
    if (scroller.scrollTop !== this.#top) this.#scrolled()
    this.#anchor = this.#pages.isFollowing ? null : anchorIn(scroller)
  }

  /** Keep the reader there: at the bottom, or at the same record. */
  hostUpdated(): void {
    const scroller = this.#scroller
    if (scroller === null) return
    this.#observe(scroller)
    const isNew = hasNewer(this.#pages.shown, this.#last)
    this.#last = this.#pages.shown
    this.#moveTo(
      scroller,
      this.#anchor === null ? scroller.scrollHeight : scroller.scrollTop + driftOf(scroller, this.#anchor),
    )
    const hasUnseen = !this.#pages.isFollowing && (this.#hasUnseen || isNew)
    if (hasUnseen === this.#hasUnseen) return
    this.#hasUnseen = hasUnseen
    this.#host.requestUpdate()
  }

  hostDisconnected(): void {
    this.#observer?.disconnect()
    this.#observer = null
  }

  get #scroller(): HTMLElement | null {
    return this.#host.shadowRoot?.querySelector('.scroller') ?? null
  }

  #empty(isLocked: boolean): TemplateResult {
    if (isLocked) return lockedView
    const template = templateIn(this.#host, 'empty')
    if (template !== null) return html`${guard([template], () => contentOf(template))}`
    return html`<slot name="empty"><p class="empty" part="empty">Nothing here yet.</p></slot>`
  }

  #copy(template: HTMLTemplateElement, face: Face, isOwn: boolean): TemplateResult {
    const { id } = face.record
    const card = this.#card(face.record)
    const content = guard([template, id, isOwn, card === null], () => {
      const fields = fieldsOf(face, MOMENT.format(face.date))
      const copy = fill(template, name => fields(name) ?? card?.fields(name) ?? null)
      this.#places.set(face, [...copy.querySelectorAll<HTMLElement>('[data-field="file"]')])
      for (const button of copy.querySelectorAll<HTMLElement>('[data-action="delete"]')) {
        if (isOwn) button.addEventListener('click', () => this.#onDelete(id))
        else button.remove()
      }
      return copy
    })
    return html`<li part="record" data-id=${id}>${content}${card === null ? nothing : this.#fillIn(face, card)}</li>`
  }

  /** Show *card* where the copy of a template wants it. */
  #fillIn(face: Face, { view }: Card): typeof nothing {
    for (const place of this.#places.get(face) ?? []) {
      place.hidden = false
      render(view, place)
    }
    return nothing
  }

  #row(face: Face, before: Face | undefined, { isOwn, isMine }: { isOwn: boolean; isMine: boolean }): TemplateResult {
    const { record, date, hue } = face
    const isNewDay = before === undefined || before.date.toDateString() !== date.toDateString()
    const isTogether =
      !isNewDay &&
      before.record.author === record.author &&
      record.createdAt - before.record.createdAt < TOGETHER_SECONDS
    return html`${isNewDay ? html`<li class="day" part="day"><span>${dayOf(date)}</span></li>` : nothing}
      <li
        class="record ${isTogether ? 'together' : ''} ${isMine ? 'mine' : ''}"
        part="record ${isMine ? 'own' : ''}"
        data-id=${record.id}
        .style=${`--hue: ${hue}`}
      >
        <span class="swatch" part="swatch" aria-hidden="true">${face.initials}</span>
        <p class="byline">
          <span class="author mono" part="author" title=${face.npub}>${face.shortNpub}</span>
          ${isMine ? html`<span class="you">you</span>` : nothing}
          <time part="time" class="number" datetime=${date.toISOString()} title=${MOMENT.format(date)}>
            ${TIME.format(date)}
          </time>
          ${isOwn ? this.#deletion(record.id) : nothing}
        </p>
        ${this.#card(record)?.view ?? this.#text(face)}
      </li>`
  }

  #text({ record, text, folded, json }: Face): TemplateResult {
    const isFolded = folded !== null && !this.#unfolded.has(record.id)
    const look = json !== null && text === record.content ? 'mono' : ''
    return html`<div class="text foreign ${look} ${folded !== null && !isFolded ? 'long' : ''}" part="content" dir="auto">${isFolded ? `${folded} …` : text}</div>
      ${
        folded === null
          ? nothing
          : html`<button class="quiet fold" aria-expanded=${!isFolded} @click=${() => this.#fold(record.id)}>
              ${isFolded ? `Show all ${text.length.toLocaleString('en')} characters` : 'Show less'}
            </button>`
      }`
  }

  #deletion(id: RecordId): TemplateResult {
    if (this.#doomed !== id) {
      return html`<button class="quiet delete" part="delete" @click=${() => this.#doom(id)}>Delete</button>`
    }
    return html`<span class="doomed">
      <button class="quiet bad" @click=${() => this.#delete(id)}>Delete everywhere</button>
      <button class="quiet" @click=${() => this.#doom(null)}>Keep</button>
    </span>`
  }

  #observe(scroller: HTMLElement): void {
    if (this.#observer !== null) return
    this.#observer = new ResizeObserver(() => {
      this.#height = scroller.clientHeight
      if (this.#pages.isFollowing) this.#moveTo(scroller, scroller.scrollHeight)
    })
    this.#observer.observe(scroller)
  }

  #moveTo(scroller: HTMLElement, top: number): void {
    scroller.scrollTop = top
    this.#top = scroller.scrollTop
  }

  #fold(id: RecordId): void {
    if (!this.#unfolded.delete(id)) this.#unfolded.add(id)
    this.#host.requestUpdate()
  }

  #doom(id: RecordId | null): void {
    this.#doomed = id
    this.#host.requestUpdate()
  }

  #delete(id: RecordId): void {
    this.#doom(null)
    this.#onDelete(id)
  }

  readonly #scrolled = (): void => {
    const scroller = this.#scroller
    // What is open above the list has pushed it, not the reader: the observer sees to it.
    if (scroller === null || scroller.clientHeight !== this.#height) return
    this.#top = scroller.scrollTop
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight
    this.#pages.isFollowing = below < FOLLOWING_PIXELS && !this.#pages.hasLater
    if (this.#pages.isFollowing && this.#hasUnseen) this.#host.requestUpdate()
  }

  readonly #showEarlier = (): void => {
    this.#pages.showEarlier()
  }

  readonly #showLater = (): void => {
    this.#pages.showLater()
  }

  readonly #showNewest = (): void => {
    const scroller = this.#scroller
    if (scroller !== null) this.#moveTo(scroller, scroller.scrollHeight)
    this.#pages.isFollowing = true
    this.#pages.showNewest()
    this.#host.requestUpdate()
  }
}

/** Say whether *shown* has records that *before* has not, and that are no older than those. */
function hasNewer(shown: readonly Face[], before: readonly Face[]): boolean {
  const newest = before.at(-1)?.record.createdAt ?? 0
  const known = new Set(before)
  return shown.some(face => face.record.createdAt >= newest && !known.has(face))
}

function dayOf(date: Date): string {
  const today = new Date()
  if (date.toDateString() === today.toDateString()) return 'Today'
  return DAY.format(date)
}

function anchorIn(scroller: HTMLElement): { id: string; top: number } | null {
  const { top } = scroller.getBoundingClientRect()
  for (const row of scroller.querySelectorAll<HTMLElement>('li[data-id]')) {
    const place = row.getBoundingClientRect()
    if (place.bottom > top) return { id: row.dataset.id ?? '', top: place.top }
  }
  return null
}

function driftOf(scroller: HTMLElement, anchor: { readonly id: string; readonly top: number }): number {
  const row = scroller.querySelector<HTMLElement>(`li[data-id="${anchor.id}"]`)
  return row === null ? 0 : row.getBoundingClientRect().top - anchor.top
}
