/**
 * `<peerset-dashboard>`: everything that happens in one room, on one page.
 *
 *     <peerset-room id="lobby" room="lobby"></peerset-room>
 *     <peerset-dashboard for="lobby"></peerset-dashboard>
 *
 * The room may also be given as the property `room`, or be joined by the dashboard itself, with the attributes
 * `room`, `app`, `signaling`, `password` and `store`. Importing this registers the element.
 */

import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import type { StoreSpec } from '../../adapters/storage.ts'
import type { Record } from '../../core/record.ts'
import type { Room } from '../../room/room.ts'
import { define } from '../define.ts'
import { problemsOf, readSpecs, type Settings, settingsOf, type Wishes } from '../room/settings.ts'
import { takenOver } from '../root.ts'
import { base, tokens } from '../theme.ts'
import type { Stretch } from './calendar.ts'
import { Collections } from './collections.ts'
import { CopyButton } from './copy.ts'
import { Days } from './days.ts'
import { Detail } from './detail.ts'
import { Figures } from './figures.ts'
import { formatDay } from './format.ts'
import { Heading } from './heading.ts'
import { layout } from './layout.ts'
import { Messages } from './messages.ts'
import { Moderation } from './moderation.ts'
import { Peers } from './peers.ts'
import { Recorder } from './recorder.ts'
import { Records } from './records.ts'
import { step } from './roving.ts'
import { ANYTHING } from './search.ts'
import { Signaling } from './signaling.ts'
import { type Host, Source } from './source.ts'
import { Terminal } from './terminal.ts'
import { Tools } from './tools.ts'

const TABS = ['Set', 'Peers', 'Records', 'Tools', 'Log'] as const
type Tab = (typeof TABS)[number]

/** The parts that each tab shows, by their ids. */
const CONTROLLED: { readonly [tab in Tab]: string } = {
  Set: 'days figures',
  Peers: 'peers signaling messages',
  Records: 'records moderation collections',
  Tools: 'tools',
  Log: 'terminal',
}

/** The element. */
export class PeersetDashboard extends LitElement {
  static override properties = {
    room: {},
    for: {},
    app: {},
    signaling: { converter: readSpecs },
    password: {},
    store: {},
    rejoin: { attribute: false },
    recorder: { state: true },
    failure: { state: true },
    opened: { state: true },
    tab: { state: true },
  }
  static override styles = [tokens, base, layout]

  /** A joined room, or the name of the one to join. */
  declare room: Room | string | null
  /** The id of a `<peerset-room>` whose room is shown. */
  declare for: string | null
  declare app: string | null
  /** Where to meet, as `join` takes it; as an attribute, with spaces or commas between. */
  declare signaling: readonly string[] | null
  declare password: string | null
  /** "indexeddb" or "memory", for a room that the dashboard joins. */
  declare store: StoreSpec | null
  /** Joins again, after a reset, the room that was given as property. */
  declare rejoin: (() => Promise<Room>) | null
  /** What is noted of the room; null while there is none. */
  declare recorder: Recorder | null
  declare failure: string
  /** The record that is shown whole. */
  declare opened: Record | null
  /** What a narrow dashboard shows. */
  declare tab: Tab
  readonly #source = new Source({
    onRoom: room => this.#show(room),
    onFailure: error => {
      this.failure = error.message
    },
  })
  #watch: ReturnType<typeof setInterval> | undefined

  constructor() {
    super()
    this.room = this.for = this.app = this.signaling = this.password = this.store = this.rejoin = null
    this.recorder = this.opened = null
    this.failure = ''
    this.tab = 'Set'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.recorder?.open()
    this.requestUpdate('room')
    // The element named by `for` may come later than this one, and may change its room at any time.
    this.#watch = setInterval(() => this.#want(), 1_000)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#watch)
    this.recorder?.close()
    this.#source.want({})
  }

  protected override willUpdate(changed: PropertyValues): void {
    // A server that renders the page shows no room.
    if (!this.isConnected) return
    if (['room', 'for', 'app', 'signaling', 'password', 'store', 'rejoin'].some(name => changed.has(name))) this.#want()
  }

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    return takenOver(this) ?? super.createRenderRoot()
  }

  override render(): TemplateResult {
    const { recorder } = this
    const part = (tab: string) => `part ${tab === this.tab ? 'shown' : ''}`
    const reset = this.#source.canReset ? this.#reset : null
    return html`<div class="panel">
      <peerset-dashboard-heading .recorder=${recorder}></peerset-dashboard-heading>
      ${this.failure && html`<p class="failure bad" role="alert">${this.failure}</p>`}
      <div class="tabs" role="tablist" aria-label="Parts of the dashboard" @keydown=${this.#pressed}>
        ${TABS.map(tab => this.#tab(tab))}
      </div>
      <peerset-dashboard-days id="days" class="days ${part('Set')}" .recorder=${recorder} @choose-days=${this.#lookInto}></peerset-dashboard-days>
      <peerset-dashboard-figures id="figures" class="figures ${part('Set')}" .recorder=${recorder}></peerset-dashboard-figures>
      <div class="net">
        <peerset-dashboard-peers id="peers" class="peers ${part('Peers')}" .recorder=${recorder}></peerset-dashboard-peers>
        <peerset-dashboard-signaling id="signaling" class="signaling ${part('Peers')}" .recorder=${recorder}></peerset-dashboard-signaling>
      </div>
      <peerset-dashboard-messages id="messages" class="messages ${part('Peers')}" .recorder=${recorder}></peerset-dashboard-messages>
      <peerset-dashboard-records id="records" class="records ${part('Records')}" .recorder=${recorder} @open-record=${this.#openRecord}></peerset-dashboard-records>
      <div class="side">
        <peerset-dashboard-moderation id="moderation" class=${part('Records')} .recorder=${recorder}></peerset-dashboard-moderation>
        <peerset-dashboard-tools id="tools" class="tools ${part('Tools')}" .recorder=${recorder} .reset=${reset}></peerset-dashboard-tools>
      </div>
      <peerset-dashboard-collections id="collections" class="collections ${part('Records')}" .recorder=${recorder}></peerset-dashboard-collections>
      <peerset-dashboard-terminal id="terminal" class="terminal ${part('Log')}" .recorder=${recorder}></peerset-dashboard-terminal>
      <peerset-dashboard-detail .record=${this.opened} @close-record=${this.#closeRecord}></peerset-dashboard-detail>
    </div>`
  }

  #want(): void {
    const { room, rejoin } = this
    const host = this.for === null ? null : ((this.getRootNode() as Document).getElementById(this.for) as Host | null)
    if (typeof room === 'object' && room !== null) this.#source.want({ room, rejoin })
    else if (this.for !== null) this.#source.want({ host })
    else this.#source.want({ settings: room === null ? null : this.#settings(room) })
  }

  #settings(room: string): Settings | null {
    const { app, signaling, password, store } = this
    const none = {
      src: null,
      phases: null,
      seal: null,
      identity: null,
      collection: null,
      files: null,
      theme: null,
      iceServers: null,
      retention: null,
      window: null,
      diskBytes: null,
      policies: null,
      options: null,
    }
    const wishes: Wishes = { ...none, room, app, signaling, password, store }
    const [problem] = problemsOf(wishes)
    this.failure = problem === undefined ? '' : `The attribute ${problem.attribute} ${problem.message}`
    return problem === undefined ? settingsOf(wishes) : null
  }

  #show(room: Room | null): void {
    this.recorder?.close()
    this.opened = null
    this.recorder = room === null ? null : new Recorder(room)
    if (this.isConnected) this.recorder?.open()
  }

  readonly #reset = async (): Promise<void> => {
    try {
      await this.#source.reset()
    } finally {
      // The room that was given has been left: the next look at the properties would bring it back.
      if (typeof this.room === 'object' && this.room !== null) this.room = this.#source.room
    }
  }

  #tab(tab: Tab): TemplateResult {
    const isShown = tab === this.tab
    const turn = () => {
      this.tab = tab
    }
    return html`<button type="button" role="tab" aria-selected=${isShown} aria-controls=${CONTROLLED[tab]}
      tabindex=${isShown ? 0 : -1} @click=${turn}>${tab}</button>`
  }

  /** Of the tabs, one is a tab stop; arrows lead to the others, which are shown at once. */
  readonly #pressed = (event: KeyboardEvent): void => {
    const place = { row: 0, column: TABS.indexOf(this.tab) }
    const isRightToLeft = getComputedStyle(this).direction === 'rtl'
    const next = step(event, place, { row: 1, column: TABS.length }, isRightToLeft)
    const tab = next === null ? undefined : TABS[next.column]
    if (tab === undefined) return
    event.preventDefault()
    this.tab = tab
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[aria-selected=true]')?.focus())
  }

  readonly #openRecord = (event: CustomEvent<Record>): void => {
    this.opened = event.detail
  }

  readonly #closeRecord = (): void => {
    this.opened = null
  }

  readonly #lookInto = (event: CustomEvent<Stretch>): void => {
    const { first, last } = event.detail
    const fields = { ...ANYTHING, since: formatDay(first), until: formatDay(last) }
    this.renderRoot.querySelector<Records>('.records')?.look(fields)
    this.tab = 'Records'
  }
}

define('peerset-dashboard-collections', Collections)
define('peerset-dashboard-copy', CopyButton)
define('peerset-dashboard-days', Days)
define('peerset-dashboard-detail', Detail)
define('peerset-dashboard-figures', Figures)
define('peerset-dashboard-heading', Heading)
define('peerset-dashboard-messages', Messages)
define('peerset-dashboard-moderation', Moderation)
define('peerset-dashboard-peers', Peers)
define('peerset-dashboard-records', Records)
define('peerset-dashboard-signaling', Signaling)
define('peerset-dashboard-terminal', Terminal)
define('peerset-dashboard-tools', Tools)
define('peerset-dashboard', PeersetDashboard)

declare global {
  interface HTMLElementTagNameMap {
    'peerset-dashboard': PeersetDashboard
  }
}
