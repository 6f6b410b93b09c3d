/**
 * `<peerset-room>`: a room of peers in a page; importing this file makes the element known.
 *
 *     <peerset-room room="lobby" signaling="wss://tracker.example.org"></peerset-room>
 *
 * Its attributes are described at its properties, its templates (slots `item`, `empty` and `error`) in
 * `template.ts`, its events in `events.ts`, its colours in `elements/theme.ts`. Its parts:
 * `header name status who identity notes note list record own day swatch author time content delete earlier later
 * newest empty problems retry composer input send failure dialog sealed lock secret unlock permit refused own-key grant
 * use-grant link linking linking-code linking-link linking-key linking-name linking-status marks mark reason file picture file-name file-size file-input file-failure adding adding-file fetch progress save
 * granted pick`.
 */

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { StoreSpec } from '../../adapters/storage.ts'
import type { Json } from '../../core/action.ts'
import type { Record, RecordId } from '../../core/record.ts'
import type { Collection } from '../../data/collection.ts'
import { ConfigError } from '../../errors.ts'
import type { JoinOptions } from '../../room/joining.ts'
import type { Query } from '../../room/query.ts'
import type { Publication, Room } from '../../room/room.ts'
import type { AnySeal } from '../../room/sealing.ts'
import { define } from '../define.ts'
import { Consent, consentStyles } from '../identity/consent.ts'
import { PeersetIdentity } from '../identity/element.ts'
import { type Pen, PenState } from '../identity/pen.ts'
import { takenOver } from '../root.ts'
import { base, tokens } from '../theme.ts'
import type { Attachments } from './attachments.ts'
import { Composer } from './composer.ts'
import { RoomLink, scopeOf, shownOf } from './controller.ts'
import { Documents } from './documents.ts'
import type { Linking } from './linking.ts'
import { RecordList } from './list.ts'
import { lockStyles } from './lock.ts'
import { Marks, marksIn, marksStyles } from './marks.ts'
import { permitStyles } from './permit.ts'
import { roomProperties } from './properties.ts'
import { roomStyles } from './styles.ts'
import { templateIn } from './template.ts'
import { closedView, headStyles, headView, notesView, problemsView } from './view.ts'

export { takeInvitation } from '../../room/invited.ts'
export type { PeersetIdentity } from '../identity/element.ts'
export type { Identity, Pen } from '../identity/pen.ts'
export type { Failure, RoomEventDetails, RoomEventName } from './events.ts'

/** A room, joined while the element is in a page. */
export class PeersetRoom extends LitElement {
  static override properties = roomProperties
  static override styles = [tokens, base, roomStyles, headStyles, consentStyles, lockStyles, permitStyles, marksStyles]

  /** The room's name. Required, but where there is an address. */
  declare room: string | null
  /** The room's address, or a link that holds one, in place of its name; not reflected, and an attribute holds no secrets. */
  declare src: string | false | null
  /** Joins by the invitation behind the `#` of the page's own address, and takes it out of there. */
  declare fromHash: boolean
  /** Keeps rooms of one name apart between applications; "peerset" unless said otherwise. */
  declare app: string | null
  /** Where to meet, as `join` takes it, or a text parted by spaces or commas; no network when empty. */
  declare signaling: readonly string[] | string | null
  /** Hides offers from whoever passes them on, and keeps out who does not know it; not reflected. */
  declare password: string | null
  /** For how long the room has one name towards trackers, such as "6h"; always when left out. */
  declare phases: string | null
  /** Seals what is written, as `join` takes it; no attribute, for secrets have no business in markup. */
  declare seal: AnySeal | null
  /** Shows only records of this collection, and publishes into it. */
  declare collection: string | null
  /** Takes files, into the collection of files of this name, and shows them among the records. */
  declare files: string | null
  /** Nothing is written here. */
  declare readonly: boolean
  /** Joins nothing while it is there: for pages that set properties later, as those do that take up rendered markup. */
  declare defer: boolean
  /** "indexeddb" (the default) or "memory"; as a property also a store of your own. */
  declare store: StoreSpec | null
  /** Who writes: "ephemeral" (the default: a fresh key for this visit), "vault" or "extension" (NIP-07). */
  declare identity: string | null
  /** Shows the visitor everything that is about to be signed, and asks. */
  declare confirm: boolean
  /** The peer runs without an interface. */
  declare hiddenUi: boolean
  /** "light" or "dark", whatever the visitor's system prefers. */
  declare theme: string | null
  /** STUN and TURN servers, as a text in JSON. */
  declare iceServers: readonly RTCIceServer[] | string | null
  /** For how long records are kept, such as "30d" ("90d" when left out) or "forever"; peers must agree on it. */
  declare retention: string | null
  /** Of how many days the content is kept here, such as "7d", when that is less. */
  declare window: string | null
  /** What the store may take, in bytes; what is written here stays. */
  declare diskBytes: number | null
  /** Shows the collection's documents, which fit this JSON Schema (also as a text) or validator, in place of records. */
  declare schema: unknown
  /** The JSON Schema of a validator, by which fields are indexed, also as a text. */
  declare json: unknown
  /** All have each key's document together, and not each author their own. */
  declare shared: boolean
  /** The fields by which documents are found fast, with spaces or commas between. */
  declare indexes: readonly string[] | string | null
  /** The fields whose words are found by `search`, with spaces or commas between. */
  declare text: readonly string[] | string | null
  /** The field that holds a place, `{lat, lon}`. */
  declare place: string | null
  /** Which documents, as `collection.live` takes it, also as a text in JSON. */
  declare where: unknown
  /** The words that documents must have, such as "lake swim*". */
  declare search: string | null
  /** By which fields they are in order, such as "-stars name". */
  declare order: readonly string[] | string | null
  /** How many are shown; 100 unless said otherwise. */
  declare limit: number | null
  /** Moderation rules, as `join` takes them; no attribute. */
  declare policies: JoinOptions['policies'] | null
  /** Everything else that `join` takes; no attribute, and attributes come first. */
  declare options: JoinOptions | null

  readonly #consent: Consent
  readonly #link: RoomLink
  readonly #list: RecordList
  readonly #documents: Documents
  readonly #composer: Composer
  readonly #marks: Marks
  #attachments: Attachments | null = null
  #linking: Linking | null = null
  #isIdentityOpen = false

  constructor() {
    super()
    for (const name of Object.keys(roomProperties)) Object.assign(this, { [name]: null })
    Object.assign(this, {
      readonly: false,
      fromHash: false,
      defer: false,
      confirm: false,
      hiddenUi: false,
      shared: false,
    })
    this.#consent = new Consent(this)
    this.#link = new RoomLink(this, this.#consent, code => void this.#linkBy(linking => linking.open(code)))
    this.#list = new RecordList(this, {
      pages: this.#link.pages,
      onDelete: id => void this.#delete(id),
      card: record => this.#attachments?.card(record) ?? null,
    })
    this.#documents = new Documents(this, {
      room: () => this.#link.room,
      complain: (message, about) => this.#link.complain(message, about),
    })
    this.#marks = new Marks(this, async () => await marksIn(await this.#link.joined(), shownOf(this)))
    this.#composer = new Composer(this, async text => void (await this.publish(text)))
  }

  /** The headless room behind the element; null while it is not joined. */
  get peer(): Room | null {
    return this.#link.room
  }

  /** Who signs what is written here. */
  get pen(): Pen {
    return this.#link.pen
  }

  /** Publish into this room, and collection, once it is joined; refused as `Room.publish` is, and when readonly. */
  async publish(content: Json, publication: Publication = {}): Promise<Record> {
    this.#checkWritable()
    return await (await this.#link.joined()).publish(content, { ...scopeOf(this), ...publication })
  }

  /** Delete a record of ours everywhere; refused as `Room.delete` is, and when readonly. */
  async delete(id: RecordId): Promise<Record> {
    this.#checkWritable()
    return await (await this.#link.joined()).delete(id)
  }

  /** Give the records of this room, and collection, that match, newest first. */
  async records(query: Query = {}): Promise<Record[]> {
    return await (await this.#link.joined()).records({ ...scopeOf(this), ...query })
  }

  /** Give the collection whose documents are shown, once the room is joined: `add`, `put`, `find` and the rest. */
  async documents(): Promise<Collection> {
    await this.#link.joined()
    return await this.#documents.opened()
  }

  /** Wait until a peer is here and all have what we have; refused as `Room.synced` is. */
  async synced(options: { timeoutSeconds?: number | undefined } = {}): Promise<void> {
    await (await this.#link.joined()).synced(options)
  }

  /** Leave the room; the element joins again when an attribute changes or it is put into a page anew. */
  async leave(): Promise<void> {
    await this.#link.leave()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#detach()
    this.#linking?.close()
  }

  protected override willUpdate(): void {
    if (this.files === null || this.hiddenUi) this.#detach()
    else if (this.isConnected && this.#attachments === null) void this.#attach()
  }

  protected override updated(): void {
    this.#attachments?.updated()
  }

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    return takenOver(this) ?? super.createRenderRoot()
  }

  protected override render(): TemplateResult {
    if (this.hiddenUi) return html`${this.#consent.render()}`
    const { pen, notes, standing, membership, room, isRefused, lock } = this.#link
    const isJoined = membership.phase === 'joined'
    const canWrite = !this.readonly && !isRefused && lock.sealed !== 'locked'
    return html`${headView({
      name: room?.name.room ?? this.room ?? '',
      standing,
      sealed: lock.sealed,
      count: room?.count ?? null,
      author: canWrite ? pen.publicKey : null,
      state: pen.state,
      isOpen: this.#isIdentityOpen,
      onIdentity: this.#toggleIdentity,
    })}
    <div id="identity" class="identity" part="identity" ?hidden=${!this.#isIdentityOpen || !canWrite}>
      ${this.#isIdentityOpen && canWrite ? html`<peerset-identity .pen=${pen}></peerset-identity>` : nothing}
      ${isJoined && pen.digestSigner !== null ? this.#linkButton() : nothing}
    </div>
    ${this.#linking?.render() ?? nothing}
    ${notesView(notes.all, matter => this.#dismiss(matter))} ${this.#problems()} ${lock.render(isJoined)}
    ${(this.#documents.isWanted ? this.#documents : this.#list).render(pen.publicKey, {
      canDelete: canWrite && pen.state === PenState.READY,
      isJoined,
      isLocked: lock.sealed === 'locked',
    })}
    ${isJoined && !this.#documents.isWanted ? this.#marks.render() : nothing}
    ${canWrite && !this.#documents.isWanted ? this.#writing() : nothing} ${this.#consent.render()}
    <div hidden @slotchange=${() => this.requestUpdate()}><slot name="item"></slot></div>`
  }

  #problems(): TemplateResult | typeof nothing {
    const { problems, failure, membership, isRefused } = this.#link
    const template = templateIn(this, 'error')
    if (isRefused) return problemsView(problems, template, null)
    if (failure === null || membership.phase !== 'failed') return nothing
    return problemsView([{ message: failure.message }], template, () => this.#link.retry())
  }

  #writing(): TemplateResult {
    const { pen, membership, permit } = this.#link
    if (pen.state !== PenState.READY) return closedView(pen.state, () => void this.#openIdentity())
    const isJoined = membership.phase === 'joined'
    // What was written while it could be stays in the field, for a grant may come again.
    return html`${permit.render(isJoined)}
      ${this.#attachments?.render() ?? nothing}
      ${this.#composer.render(isJoined || membership.phase === 'joining', permit.isGiven !== false)}`
  }

  /** Load what takes and shows files. */
  async #attach(): Promise<void> {
    const { Attachments } = await import('./attachments.ts')
    if (this.#attachments !== null || this.files === null || !this.isConnected) return
    this.#attachments = new Attachments(this, {
      files: async () => await (await this.#link.joined()).files(this.files ?? ''),
      canWrite: () => this.#canAdd,
    })
    this.requestUpdate()
  }

  #linkButton(): TemplateResult {
    return html`<p class="devices">
      <button part="link" @click=${() => void this.#linkBy(linking => linking.offer())}>Link a device…</button>
    </p>`
  }

  /** Load what links devices, and have it *work*. */
  async #linkBy(work: (linking: Linking) => Promise<void>): Promise<void> {
    const { Linking } = await import('./linking.ts')
    await this.updateComplete
    this.#isIdentityOpen = false
    this.#linking ??= new Linking(this, {
      joined: () => this.#link.joined(),
      signer: () => this.#link.pen.digestSigner,
      isFleeting: () => this.#link.pen.identity === 'ephemeral',
      granting: granted => this.#link.granting(granted),
      settings: () => this.#link.options,
      onOver: (code, link) => this.#link.resume(code, link),
    })
    await work(this.#linking)
  }

  #detach(): void {
    this.#attachments?.close()
    this.#attachments = null
  }

  get #canAdd(): boolean {
    const { membership, permit, pen, lock } = this.#link
    const isOpen = !this.readonly && lock.sealed !== 'locked' && !this.#documents.isWanted
    return isOpen && membership.phase === 'joined' && permit.isGiven !== false && pen.state === PenState.READY
  }

  #checkWritable(): void {
    if (this.readonly) throw new ConfigError('nothing is written here: the element is readonly')
  }

  async #delete(id: RecordId): Promise<void> {
    try {
      await this.delete(id)
    } catch (error) {
      this.#composer.fail('Not deleted', error)
    }
  }

  readonly #toggleIdentity = (): void => {
    this.#isIdentityOpen = !this.#isIdentityOpen
    this.requestUpdate()
  }

  async #openIdentity(): Promise<void> {
    this.#isIdentityOpen = true
    this.requestUpdate()
    await this.updateComplete
    await this.renderRoot.querySelector('peerset-identity')?.enter()
  }

  #dismiss(matter: string): void {
    this.#link.notes.dismiss(matter)
    this.requestUpdate()
  }
}

define('peerset-identity', PeersetIdentity)
define('peerset-room', PeersetRoom)

declare global {
  interface HTMLElementTagNameMap {
    'peerset-room': PeersetRoom
  }
}
