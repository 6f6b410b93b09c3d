/** The documents of a collection, in the place of a room's records, as they are now: a live query and its rows. */

import { html, type LitElement, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { repeat } from 'lit/directives/repeat.js'
import { npub, type PublicKey } from '../../core/keys.ts'
import { shown } from '../../core/typed.ts'
import type { Collection } from '../../data/collection.ts'
import type { LiveQuery } from '../../data/live.ts'
import type { Doc } from '../../data/types.ts'
import { ConfigError, RoomClosedError } from '../../errors.ts'
import type { Room } from '../../room/room.ts'
import { shortNpub } from '../author.ts'
import { type ListState, lockedView } from './list.ts'
import { contentOf, type Fields, fill, stylesOf, templateIn } from './template.ts'

/** How many documents are shown unless the element says. */
export const DOCUMENTS_SHOWN = 100
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** What an element asks of a collection. */
export interface Question {
  readonly collection: string | null
  /** A JSON Schema, also as a text, or a validator by the Standard Schema; null for an element that shows records. */
  readonly schema: unknown
  /** The JSON Schema of a validator, also as a text. */
  readonly json: unknown
  readonly shared: boolean
  readonly indexes: string | readonly string[] | null
  readonly text: string | readonly string[] | null
  readonly place: string | null
  readonly where: unknown
  readonly search: string | null
  readonly order: string | readonly string[] | null
  readonly limit: number | null
}

/** Whose a document is: who may delete it is its author, and everybody where it is shared. */
interface Whose {
  readonly isOwn: boolean
  readonly isOurs: boolean
}

/** What a list of documents works with. */
export interface DocumentOptions {
  readonly room: () => Room | null
  readonly complain: (message: string, about: { readonly error: Error }) => void
}

/** Keeps the documents that the element *host* asks for, and shows them. */
export class Documents implements ReactiveController {
  /** Why nothing can be shown. */
  failure: Error | null = null
  readonly #host: LitElement & Question
  readonly #options: DocumentOptions
  #collection: Promise<Collection> | null = null
  #live: LiveQuery<unknown> | null = null
  #room: Room | null = null
  #asked: readonly unknown[] = []
  /** Counts the questions: what is opened for an older one is closed. */
  #turn = 0

  constructor(host: LitElement & Question, options: DocumentOptions) {
    this.#host = host
    this.#options = options
    host.addController(this)
  }

  /** Whether documents are shown here, and not records. */
  get isWanted(): boolean {
    return (this.#host.schema ?? null) !== null
  }

  /** The collection while the room is joined; refused with a ConfigError when none is asked for. */
  async opened(): Promise<Collection> {
    this.#settle()
    // What did not load, for example, is tried again by whoever asks.
    if (this.failure !== null && this.#room !== null && this.#live === null) this.#begin(this.#room)
    if (this.#collection === null) throw new ConfigError('a collection and its schema are wanted, in a joined room')
    return await this.#collection
  }

  hostUpdated(): void {
    this.#settle()
  }

  hostDisconnected(): void {
    this.#settle()
  }

  /** The documents; those of *own*, and all that are shared, can be deleted while *canDelete*. */
  render(own: PublicKey, { canDelete, isJoined, isLocked }: ListState): TemplateResult {
    const docs = this.#live?.docs ?? []
    const { shared } = this.#host
    const template = templateIn(this.#host, 'item')
    return html`<div class="view">
      <div class="scroller" part="list" role="region" aria-label="Documents" aria-busy=${!isJoined || this.#live === null} tabindex="0">
        ${template === null ? nothing : guard([template], () => stylesOf(template))}
        ${this.failure && html`<p class="problem" part="problems" role="alert">${this.failure.message}</p>`}
        ${this.#live !== null && docs.length === 0 ? this.#empty(isLocked) : nothing}
        <ol>
          ${repeat(
            docs,
            doc => (shared ? (doc.key ?? doc.id) : `${doc.author}/${doc.key ?? doc.id}`),
            doc => {
              const isOwn = canDelete && doc.author === own
              return this.#row(doc, template, { isOwn, isOurs: isOwn || (canDelete && shared && doc.key !== null) })
            },
          )}
        </ol>
      </div>
    </div>`
  }

  #empty(isLocked: boolean): TemplateResult {
    if (isLocked) return lockedView
    const template = templateIn(this.#host, 'empty')
    if (template !== null) return html`${guard([template], () => contentOf(template))}`
    return html`<slot name="empty"><p class="empty" part="empty">Nothing here yet.</p></slot>`
  }

  #row(doc: Doc<unknown>, template: HTMLTemplateElement | null, { isOwn, isOurs }: Whose): TemplateResult {
    const copied = (from: HTMLTemplateElement) => {
      const copy = fill(from, fieldsOf(doc))
      for (const button of copy.querySelectorAll<HTMLElement>('[data-action="delete"]')) {
        if (isOurs) button.addEventListener('click', () => void this.#delete(doc))
        else button.remove()
      }
      return copy
    }
    const content = guard([template, doc.id, isOurs], () => (template === null ? plain(doc) : copied(template)))
    return html`<li part="record ${isOwn ? 'own' : ''}" data-id=${doc.id}>${content}</li>`
  }

  async #delete({ id, key }: Doc<unknown>): Promise<void> {
    try {
      if (key === null) await this.#room?.delete(id)
      else await (await this.opened()).delete(key)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #settle(): void {
    const room = this.isWanted && this.#host.isConnected ? this.#options.room() : null
    const { collection, schema, json, shared, indexes, text, place, where, search, order, limit } = this.#host
    const asked = [room, collection, schema, json, shared, indexes, text, place, where, search, order, limit]
    if (asked.every((each, at) => isAlike(each, this.#asked[at]))) return
    this.#asked = asked
    this.#room = room
    this.#begin(room)
  }

  #begin(room: Room | null): void {
    this.#turn += 1
    this.#live?.close()
    this.#live = this.#collection = this.failure = null
    if (room !== null) void this.#open(room, this.#turn)
  }

  async #open(room: Room, turn: number): Promise<void> {
    const { where, search, order, limit } = this.#host
    try {
      this.#collection = this.#declare(room)
      const asked = { order: listOf(order), limit: limit ?? DOCUMENTS_SHOWN, text: search || undefined }
      const live = await (await this.#collection).live((readJson('where', where) ?? {}) as never, asked as never)
      if (turn !== this.#turn) return live.close()
      this.#live = live as LiveQuery<unknown>
      live.subscribe(() => this.#host.requestUpdate())
    } catch (error) {
      if (turn === this.#turn && !(error instanceof RoomClosedError)) this.#fail(error as Error)
    }
  }

  async #declare(room: Room): Promise<Collection> {
    const { collection, schema, json, shared, indexes, text, place } = this.#host
    if (collection === null) throw new ConfigError('the attribute "collection" is missing: a schema is that of one')
    return await room.collection(collection, {
      schema: readJson('schema', schema),
      json: readJson('json', json) ?? undefined,
      shared,
      indexes: listOf(indexes),
      text: listOf(text),
      place,
    })
  }

  #fail(error: Error): void {
    this.failure = error
    this.#host.requestUpdate()
    this.#options.complain(error.message, { error })
  }
}

/** Give the fields of a document: those of every item, and `value.NAME` of its value, also `value.NAME.INNER`. */
export function fieldsOf({ id, key, author, stamp, value, record }: Doc<unknown>): Fields {
  const date = new Date(stamp / 1_000)
  const fixed: { readonly [name: string]: string | null } = {
    id,
    key,
    author: npub(author),
    'author-short': shortNpub(author),
    time: MOMENT.format(date),
    'created-at': String(record.createdAt),
    value: written(value),
  }
  return name => {
    if (Object.hasOwn(fixed, name)) return fixed[name] ?? null
    return name.startsWith('value.') ? written(at(value, name.split('.').slice(1))) : null
  }
}

/** A document without a template: its key and fields, as text. */
function plain(doc: Doc<unknown>): TemplateResult {
  const { value, key } = doc
  const fields =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [['', value]]
  return html`<div class="text foreign" part="content" dir="auto">
    ${key === null ? nothing : html`<strong>${key}</strong> `}
    ${fields.map(([name, each]) => html`<span class="muted">${name}</span> ${written(each)} `)}
  </div>`
}

function at(value: unknown, path: readonly string[]): unknown {
  const inside = (whole: unknown, name: string) =>
    typeof whole === 'object' && whole !== null && Object.hasOwn(whole, name)
      ? (whole as { readonly [name: string]: unknown })[name]
      : undefined
  return path.reduce<unknown>(inside, value)
}

function written(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Read what the attribute *name* says in JSON; throws ConfigError where it is none. */
function readJson(name: string, given: unknown): unknown {
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given)
  } catch {
    throw new ConfigError(`the attribute "${name}" is wrong: ${shown(given)} is no JSON`)
  }
}

/** Read what an attribute says with spaces or commas between. */
function listOf(given: string | readonly string[] | null): readonly string[] {
  return typeof given === 'string' ? given.split(/[\s,]+/).filter(Boolean) : (given ?? [])
}

/** Say whether two things ask the same; what stands inline in a render is made anew each time. */
function isAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true
  const isPlain = [one, other].every(each => typeof each === 'object' && each !== null && isData(each))
  return isPlain && JSON.stringify(one) === JSON.stringify(other)
}

function isData(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype ? !('~standard' in value) : false
}
