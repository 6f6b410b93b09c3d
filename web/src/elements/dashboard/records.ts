/** The table of records: searched, in pages, with what is hidden marked; one of them is shown whole. */

import { css, html, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { PublicKey } from '../../core/keys.ts'
import { KIND_DELETION, type Record, tagValues } from '../../core/record.ts'
import { RoomClosedError } from '../../errors.ts'
import type { Room } from '../../room/room.ts'
import { formatBytes } from '../bytes.ts'
import { excerpt, formatCount, formatTime, idName, keyName } from './format.ts'
import { Instrument } from './instrument.ts'
import { EMPTY_PAGE, type Page, placesOf, readPage } from './pages.ts'
import type { Topic } from './recorder.ts'
import { Roving } from './roving.ts'
import { ANYTHING, isAnything, readSearch, type SearchFields } from './search.ts'

/** What is said of a record that readers do not see as they see others. */
export interface Mark {
  readonly word: string
  readonly reason: string
}

/** Say why *record* is hidden in *room*, and whether it is a deletion. */
export function marksOf(room: Room, record: Record, quarantine: ReadonlyMap<string, string>): Mark[] {
  const shadow = room.moderation.shadowing(record.id)
  const held = quarantine.get(record.id)
  const marks: Mark[] = []
  if (record.kind === KIND_DELETION) marks.push({ word: 'deletion', reason: 'It deletes another record.' })
  if (shadow !== null) marks.push({ word: 'shadowed', reason: `${shadow.policy}: ${shadow.reason}` })
  if (held !== undefined) marks.push({ word: 'quarantined', reason: held })
  if (room.moderation.muted().includes(record.author))
    marks.push({ word: 'muted', reason: 'Its author is muted here.' })
  return marks
}

const FIELDS: readonly (readonly [name: keyof SearchFields, label: string, hint: string, type: string])[] = [
  ['text', 'Words or id', 'harbour', 'search'],
  ['author', 'Author', 'npub1… or hex', 'search'],
  ['kind', 'Kind', '1078, 5', 'search'],
  ['collection', 'Collection', 'notes', 'search'],
  ['since', 'Since (UTC)', '', 'date'],
  ['until', 'Until (UTC)', '', 'date'],
]

/** `<peerset-dashboard-records>`; dispatches `open-record` with the id of the one to show whole. */
export class Records extends Instrument {
  static override properties = { fields: { attribute: false }, page: { state: true }, number: { state: true } }
  static override styles = [
    Instrument.styles,
    css`
      form {
        display: grid;
        grid-template-columns: 2fr 2fr 1fr 1fr 128px 128px;
        gap: 8px;
        padding: 0 16px 12px;
      }

      form label {
        display: grid;
        gap: 2px;
        min-width: 0;
        font-size: 11px;
        line-height: 16px;
      }

      form input.small {
        width: 100%;
        min-width: 0;
        color: var(--peerset-text);
      }

      form p {
        grid-column: 1 / -1;
        font-size: 12px;
      }

      input[aria-invalid='true'] {
        border-color: var(--peerset-bad);
      }

      tbody tr {
        cursor: pointer;
      }

      .content {
        width: 100%;
        max-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }

      td button.quiet {
        min-height: 22px;
        margin-inline-start: -5px;
        padding: 0 4px;
        font-variant-numeric: inherit;
        font-weight: 400;
        white-space: pre;
      }

      .hidden-row .content {
        color: var(--peerset-muted);
      }

      @container (max-width: 720px) {
        form {
          grid-template-columns: 1fr 1fr;
        }

        .spare {
          display: none;
        }
      }
    `,
  ]
  readonly heading = 'Records'
  readonly topics = ['records', 'time'] as const
  /** What is looked for. */
  declare fields: SearchFields
  declare page: Page
  declare number: number
  #isStale = true
  #isReading = false
  #asked = ''
  readonly #roving = new Roving(this)

  constructor() {
    super()
    this.fields = ANYTHING
    this.page = EMPTY_PAGE
    this.number = 0
  }

  /** Records come in bursts: they are read anew once a second, and at once when the reader asks for others. */
  protected override changed(topics: ReadonlySet<Topic>): void {
    if (topics.has('records')) this.#isStale = true
    if (topics.has('time') && this.#isStale) void this.read()
  }

  protected override updated(): void {
    const asked = `${this.recorder?.room.peerId} ${this.number} ${JSON.stringify(this.fields)}`
    if (asked === this.#asked) return
    this.#asked = asked
    void this.read()
  }

  override render(): TemplateResult {
    const room = this.recorder?.room ?? null
    const { problems } = readSearch(this.fields)
    const clear = isAnything(this.fields)
      ? null
      : html`<button class="quiet" type="button" @click=${() => this.look(ANYTHING)}>Clear search</button>`
    return html`${this.card(null, html`${clear}${this.#pager()}`, placesOf(this.page, formatCount))}
      <form role="search" @submit=${(event: Event) => event.preventDefault()}>
        ${FIELDS.map(field => this.#field(field, problems.has(field[0])))}
        ${[...problems].map(([name, problem]) => html`<p class="bad" role="alert">${name}: ${problem}</p>`)}
      </form>
      ${room === null || this.page.records.length === 0 ? html`<p class="empty">No records here.</p>` : this.#table(room)}`
  }

  /** Look for *fields*, from the first page on. */
  look(fields: SearchFields): void {
    this.fields = fields
    this.number = 0
  }

  /** Read the page anew. */
  async read(): Promise<void> {
    const { recorder } = this
    if (recorder === null || this.#isReading) return
    this.#isReading = true
    this.#isStale = false
    const asked = this.#asked
    try {
      const page = await readPage(recorder.room, readSearch(this.fields), this.number)
      this.page = page
      // The last page may have emptied.
      if (page.records.length === 0 && this.number > 0) this.number -= 1
    } catch (error) {
      if (!(error instanceof RoomClosedError)) throw error
      this.page = EMPTY_PAGE
    } finally {
      this.#isReading = false
      if (asked !== this.#asked) void this.read()
    }
  }

  #field([name, label, hint, type]: (typeof FIELDS)[number], isWrong: boolean): TemplateResult {
    const take = (event: Event) => this.look({ ...this.fields, [name]: (event.target as HTMLInputElement).value })
    return html`<label>${label}
      <input class="small" type=${type} placeholder=${hint} maxlength="200" aria-invalid=${isWrong}
        autocomplete="off" spellcheck="false" .value=${this.fields[name]} @input=${take} />
    </label>`
  }

  #pager(): TemplateResult {
    const turn = (step: number) => () => {
      this.number += step
    }
    return html`<button class="small" type="button" ?disabled=${this.number === 0} @click=${turn(-1)}>Newer</button>
      <button class="small" type="button" ?disabled=${!this.page.hasMore} @click=${turn(1)}>Older</button>`
  }

  #table(room: Room): TemplateResult {
    const quarantine = new Map(
      room.moderation.quarantine().map(({ id, policy, reason }) => [id, `${policy}: ${reason}`]),
    )
    return html`<div class="scroll">
      <table role="grid">
        <caption class="unseen">Records, newest first; times are UTC</caption>
        <thead>
          <tr>
            <th scope="col" title="UTC">Time</th>
            <th scope="col">Author</th>
            <th scope="col" class="spare">Kind</th>
            <th scope="col" class="spare">Collection</th>
            <th scope="col">Content</th>
            <th scope="col" class="end spare">Size</th>
            <th scope="col" class="spare">Id</th>
          </tr>
        </thead>
        <tbody @keydown=${this.#roving.pressed} @focusin=${this.#roving.focused}>
          ${repeat(
            this.page.records,
            record => record.id,
            record => this.#row(record, marksOf(room, record, quarantine)),
          )}
        </tbody>
      </table>
    </div>`
  }

  #row(record: Record, marks: readonly Mark[]): TemplateResult {
    const { id, author, createdAt, kind, content, wire } = record
    const time = formatTime(createdAt)
    const [day, clock] = time.split(' ')
    const open = () => this.dispatchEvent(new CustomEvent('open-record', { detail: record }))
    return html`<tr class=${marks.length > 0 ? 'hidden-row' : ''} @click=${open}>
      <td><button class="quiet" type="button" tabindex="-1" aria-label="Show record ${idName(id)} of ${time}"><span class="spare">${day} </span>${clock}</button></td>
      <td class="mono" title=${author}>${shortKey(author)}</td>
      <td class="spare">${kind}</td>
      <td class="spare foreign">${excerpt(tagValues(record, 'c')[0] ?? '', 24)}</td>
      <td class="content foreign">
        ${marks.map(({ word, reason }) => html`<span class="chip warn" title=${excerpt(reason)}>${word}</span> `)}${excerpt(content)}
      </td>
      <td class="end spare muted">${formatBytes(wire.length)}</td>
      <td class="mono muted spare">${idName(id)}</td>
    </tr>`
  }
}

function shortKey(author: PublicKey): string {
  return keyName(author).replace(/^npub1/, '')
}
