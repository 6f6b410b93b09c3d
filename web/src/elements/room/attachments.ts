/** Files in `<peerset-room>`: dropped or picked by the visitor, and shown among the records. Loaded where files are on. */

import { type CSSResult, css, html, type LitElement, nothing, type TemplateResult } from 'lit'
import { KIND_KEYED, type Record, type RecordId, tagValues } from '../../core/record.ts'
import { type FileEntry, readEntry } from '../../drive/entry.ts'
import type { Files } from '../../drive/files.ts'
import { shownType } from '../../drive/media.ts'
import { faultOf } from '../../drive/paths.ts'
import { ConfigError } from '../../errors.ts'
import { formatBytes } from '../bytes.ts'
import { wear } from '../root.ts'
import type { Card } from './list.ts'
import type { Fields } from './template.ts'

/** So many are taken at once. */
const FILES_AT_ONCE_MAX = 32
/** A picture up to here is fetched when it is seen; all else when the visitor asks. */
const SEEN_BYTES_MAX = 2 ** 20
/** So many are held as pictures or to be saved; of more, those asked for first are let go of. */
const HELD_MAX = 64
const NAME_CHARACTERS_MAX = 100
const DAY_CHARACTERS = 10

/** How files look. */
const attachmentStyles: CSSResult = css`
  :host([data-dropping]) .view {
    outline: 2px dashed var(--peerset-accent);
    outline-offset: -6px;
  }

  .file {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
  }

  .file img {
    flex-basis: 100%;
    max-inline-size: 100%;
    max-block-size: 320px;
    object-fit: contain;
    object-position: 0 0;
    border-radius: 4px;
  }

  .file .name {
    overflow-wrap: anywhere;
  }

  .file progress,
  .adding progress {
    inline-size: 120px;
  }

  .adding {
    display: grid;
    gap: 6px;
  }

  .picking {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 10px;
  }

  /* What is done stands where its word begins. */
  .file > :is(a, .quiet) {
    margin-inline: -8px;
    padding: 1px 8px;
    border: 1px solid transparent;
    color: var(--peerset-accent);
    font-weight: 500;
    text-decoration: none;
  }

  .file > a:hover {
    text-decoration: underline;
  }

  .adding p:empty {
    display: none;
  }
`

/** What of a file is here: bytes that have come, an address for them, or why they do not come. */
interface Held {
  readonly came: number
  readonly url: string | null
  readonly failure: string
}

/** A file that is being put into the room, or is to be after others. */
interface Adding {
  readonly name: string
  /** Of the work, from 0 to 1. */
  share: number
  readonly ending: AbortController
}

/** What files are shown with. */
export interface AttachmentsOptions {
  /** Gives the files of the room; refused while it is not joined. */
  readonly files: () => Promise<Files>
  /** Whether the visitor may write now. */
  readonly canWrite: () => boolean
}

/** Takes files and shows them. */
export class Attachments {
  readonly #host: LitElement
  readonly #options: AttachmentsOptions
  readonly #held = new Map<RecordId, Held>()
  /** What is being put into the room, in order. */
  readonly #adding = new Set<Adding>()
  #last: Promise<void> = Promise.resolve()
  #failures: readonly string[] = []
  readonly #observer: IntersectionObserver

  constructor(host: LitElement, options: AttachmentsOptions) {
    this.#host = host
    this.#options = options
    this.#observer = new IntersectionObserver(seen => this.#seen(seen))
    wear(host.renderRoot as ShadowRoot, attachmentStyles)
    host.addEventListener('dragover', this.#dragged)
    host.addEventListener('dragleave', this.#left)
    host.addEventListener('drop', this.#dropped)
  }

  /** Let go of everything. */
  close(): void {
    this.#observer.disconnect()
    this.#host.removeEventListener('dragover', this.#dragged)
    this.#host.removeEventListener('dragleave', this.#left)
    this.#host.removeEventListener('drop', this.#dropped)
    for (const id of [...this.#held.keys()]) this.#forget(id)
    for (const { ending } of this.#adding) ending.abort()
  }

  /** Look which files are to be fetched since they can be seen; those that are shown no more are let go of. */
  updated(): void {
    const cards = [...(this.#host.shadowRoot?.querySelectorAll<HTMLElement>('.file[data-file]') ?? [])]
    const shown = new Set(cards.map(card => card.dataset.file))
    for (const [id, { url }] of [...this.#held]) if (url !== null && !shown.has(id)) this.#forget(id)
    this.#observer.disconnect()
    for (const card of cards) if (card.dataset.seen !== undefined) this.#observer.observe(card)
  }

  /** Show a record that is a file; null when it is none. */
  card(record: Record): Card | null {
    const entry = entryOf(record)
    return entry === null ? null : { view: this.#view(record, entry), fields: fieldsOf(entry) }
  }

  #view(record: Record, entry: FileEntry): TemplateResult {
    const held = this.#held.get(record.id)
    const name = nameOf(entry.path)
    const isPicture = isPictureOf(entry)
    const waits = isPicture && entry.size <= SEEN_BYTES_MAX && held === undefined
    return html`<div class="file" part="file" data-file=${record.id} data-seen=${waits ? '' : nothing}>
      ${isPicture && held?.url != null ? html`<img part="picture" src=${held.url} alt=${name} />` : nothing}
      <bdi class="name foreign" part="file-name">${name}</bdi>
      <span class="muted number" part="file-size">${formatBytes(entry.size)}</span>
      ${this.#means(entry, name, held)}
    </div>`
  }

  /** Where files are picked, and how those fare that were. */
  render(): TemplateResult {
    const canWrite = this.#options.canWrite()
    const isIdle = !canWrite && this.#adding.size + this.#failures.length === 0
    return html`<div class="adding" part="adding" ?hidden=${isIdle}>
      <p class="unseen" role="status">${[...this.#adding].map(({ name }) => html`Adding <bdi>${name}</bdi>… `)}</p>
      ${[...this.#adding].map(adding => this.#coming(adding))}
      <p class="bad" part="file-failure" role="alert">${this.#failures.join(' ')}</p>
      <div class="picking" ?hidden=${!canWrite}>
        <label class="button" part="pick">Add files…<input class="unseen" part="file-input" type="file" multiple @change=${this.#picked} /></label>
        <span class="muted">or drop them here</span>
      </div>
    </div>`
  }

  #coming({ name, share, ending }: Adding): TemplateResult {
    return html`<div class="file" part="adding-file">
      <bdi class="name">${name}</bdi>
      <progress part="progress" aria-label=${`Adding ${name}`} max="1" value=${share}></progress>
      <button class="quiet" @click=${() => ending.abort()}>Cancel<span class="unseen">: ${name}</span></button>
    </div>`
  }

  #means(entry: FileEntry, name: string, held: Held | undefined): TemplateResult {
    if (held?.failure) {
      return html`<span class="bad" role="alert">${held.failure}</span>
        <button class="quiet" @click=${() => this.#fetch(entry)}>Try again<span class="unseen">: ${name}</span></button>`
    }
    if (held === undefined) {
      return html`<button class="quiet" part="fetch" @click=${() => this.#fetch(entry)}>Fetch<span class="unseen"> ${name}</span></button>`
    }
    if (held.url === null) {
      return html`<progress part="progress" aria-label=${`Fetching ${name}`} max=${entry.size} value=${held.came}></progress>
        <button class="quiet" @click=${() => this.#giveUp(entry)}>Cancel<span class="unseen">: ${name}</span></button>`
    }
    return html`<a part="save" href=${held.url} download=${name}>Save<span class="unseen"> ${name}</span></a>`
  }

  async #fetch(entry: FileEntry): Promise<void> {
    const id = entry.record?.id
    if (id === undefined || this.#held.get(id)?.failure === '') return
    let latest: Held | undefined
    const set = (held: Held): void => {
      latest = held
      this.#held.set(id, held)
      this.#host.requestUpdate()
    }
    set({ came: 0, url: null, failure: '' })
    try {
      const parts: Uint8Array<ArrayBuffer>[] = []
      let came = 0
      for await (const part of await (await this.#options.files()).open(entry)) {
        // It was given up meanwhile.
        if (this.#held.get(id) !== latest) return
        parts.push(part)
        came += part.length
        set({ came, url: null, failure: '' })
      }
      if (this.#held.get(id) !== latest) return
      if (this.#held.size > HELD_MAX) this.#forget([...this.#held.keys()][0] as RecordId)
      set({ came, url: URL.createObjectURL(new Blob(parts, { type: shownType(entry.type) })), failure: '' })
    } catch (error) {
      if (this.#held.get(id) === latest) set({ came: 0, url: null, failure: (error as Error).message })
    }
  }

  #giveUp({ record }: FileEntry): void {
    if (record === null) return
    this.#held.set(record.id, { came: 0, url: null, failure: 'Cancelled.' })
    this.#host.requestUpdate()
  }

  #forget(id: RecordId): void {
    const url = this.#held.get(id)?.url ?? null
    if (url !== null) URL.revokeObjectURL(url)
    this.#held.delete(id)
  }

  #seen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const button = target.querySelector<HTMLButtonElement>('[part=fetch]')
      if (isIntersecting) button?.click()
    }
  }

  #add(given: readonly File[]): void {
    this.#failures = []
    if (given.length > FILES_AT_ONCE_MAX) {
      this.#failures = [`Not added: ${given.length} files at once; at most ${FILES_AT_ONCE_MAX} are.`]
      this.#host.requestUpdate()
      return
    }
    for (const file of given) {
      const adding: Adding = { name: file.name, share: 0, ending: new AbortController() }
      this.#adding.add(adding)
      // One after the other: two of one name are to see each other.
      this.#last = this.#last.then(() => this.#put(file, adding))
    }
    this.#host.requestUpdate()
  }

  async #put(file: File, adding: Adding): Promise<void> {
    const { signal } = adding.ending
    const progress = (share: number): void => {
      adding.share = share
      this.#host.requestUpdate()
    }
    try {
      signal.throwIfAborted()
      if (!this.#options.canWrite()) throw new ConfigError('nothing is written here now')
      const files = await this.#options.files()
      await files.put(await freePath(files, file.name), file, { progress, signal })
    } catch (error) {
      const why = signal.aborted ? 'it was cancelled' : (error as Error).message
      this.#failures = [...this.#failures, `Not added, ${file.name}: ${why}.`]
    }
    this.#adding.delete(adding)
    this.#host.requestUpdate()
  }

  readonly #picked = (event: Event): void => {
    const field = event.target as HTMLInputElement
    const given = [...(field.files ?? [])]
    field.value = ''
    this.#add(given)
  }

  readonly #dragged = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return
    // Otherwise the browser would leave the page for the file.
    event.preventDefault()
    event.dataTransfer.dropEffect = this.#options.canWrite() ? 'copy' : 'none'
    this.#host.toggleAttribute('data-dropping', this.#options.canWrite())
  }

  readonly #left = (): void => {
    this.#host.removeAttribute('data-dropping')
  }

  readonly #dropped = (event: DragEvent): void => {
    this.#left()
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this.#add([...event.dataTransfer.files])
  }
}

/** Read the file that a record says there is; null when it is none, or under what is no path. */
function entryOf(record: Record): FileEntry | null {
  const [collection] = tagValues(record, 'c')
  const key = tagValues(record, 'd')[0] ?? ''
  if (record.kind !== KIND_KEYED || collection === undefined || !key.startsWith(`${collection}/`)) return null
  const path = key.slice(collection.length + 1)
  try {
    const value = JSON.parse(record.content)
    const entry = faultOf(path) !== null || value === null ? null : readEntry(path, value, record)
    return entry?.link === null ? entry : null
  } catch {
    return null
  }
}

/** Give what templates say of a file. */
function fieldsOf({ path, type, size }: FileEntry): Fields {
  const said: { readonly [name: string]: string } = {
    'file.name': nameOf(path),
    'file.path': path,
    'file.type': type,
    'file.size': formatBytes(size),
    'file.bytes': String(size),
  }
  return name => said[name] ?? null
}

/** A path of today that has no file yet, with as much of *name* as a path may have. */
async function freePath(files: Files, name: string): Promise<string> {
  const day = new Date().toISOString().slice(0, DAY_CHARACTERS)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no path has these
  const bare = [...name.replace(/[\u0000-\u001f\u007f/\\]/g, '_')].slice(-NAME_CHARACTERS_MAX).join('')
  const [, stem = '', end = ''] = /^(.+?)(\.[^.]*)?$/s.exec(/^\.*$/.test(bare) ? 'file' : bare) ?? []
  for (let count = 1; ; count++) {
    const path = `${day}/${stem}${count === 1 ? '' : ` (${count})`}${end}`
    if (!(await files.exists(path))) return path
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isPictureOf({ type }: FileEntry): boolean {
  return shownType(type).startsWith('image/')
}
