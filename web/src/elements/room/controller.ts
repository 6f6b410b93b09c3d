/** What `<peerset-room>` does without being seen: it joins and leaves, tells what happens, and reads the records. */

import type { LitElement, ReactiveController } from 'lit'
import { ConfigError, RoomClosedError } from '../../errors.ts'
import type { RoomEvent } from '../../notices.ts'
import { join } from '../../room/joining.ts'
import type { Room } from '../../room/room.ts'
import type { Consent } from '../identity/consent.ts'
import { IDENTITIES, type Identity, Pen } from '../identity/pen.ts'
import { domEventOf, errorEvent } from './events.ts'
import { Membership } from './membership.ts'
import { Notes } from './notes.ts'
import { Pages } from './pages.ts'
import { type Given, isAlike, type Problem, problemsOf, settingsOf, type Wishes, withTextsRead } from './settings.ts'
import { isOnline, type Standing, standingOf } from './standing.ts'

/** Relays and roots change without a word: the header looks again so often. */
const BEAT_MILLISECONDS = 1_000

/** The element that a link serves. */
export interface Linked extends LitElement, Given {
  identity: string | null
  readonly confirm: boolean
  readonly defer: boolean
  readonly hiddenUi: boolean
}

/** Links an element to its room. */
export class RoomLink implements ReactiveController {
  readonly pen = new Pen()
  readonly notes = new Notes()
  readonly pages: Pages
  readonly membership: Membership
  /** What is wrong with the attributes. */
  problems: readonly Problem[] = []
  /** Why the room could not be joined, or broke. */
  failure: Error | null = null
  readonly #host: Linked
  readonly #consent: Consent
  #wishes: Wishes | null = null
  #isAway = false
  /** Nothing is read for an interface that is not there. */
  #isUnseen = false
  #beat: ReturnType<typeof setInterval> | undefined
  #shownStanding: Standing | null = null

  constructor(host: Linked, consent: Consent) {
    this.#host = host
    this.#consent = consent
    this.membership = new Membership(settings => this.#open(settings), {
      onChange: () => this.#phaseChanged(),
      onFailure: error => this.#failed(error),
    })
    this.pages = new Pages({
      read: async query => (await this.room?.records(query)) ?? [],
      onChange: () => host.requestUpdate(),
      onFailure: error =>
        !(error instanceof RoomClosedError) && this.complain(String(error), { error: error as Error }),
      schedule: work => requestAnimationFrame(work),
    })
    this.pen.watch(() => this.#penChanged())
    host.addController(this)
  }

  /** The room while it is joined. */
  get room(): Room | null {
    return this.membership.room
  }

  /** An attribute is so wrong that no room can be joined. */
  get isRefused(): boolean {
    return this.problems.some(({ isHarmless }) => !isHarmless)
  }

  /** How the room stands. */
  get standing(): Standing {
    const { room, membership } = this
    const { peers = [], relays = [] } = room ?? {}
    return standingOf({ phase: membership.phase, peers, relays, isOnline: isOnline() })
  }

  /** Wait for the room; refused with a ConfigError when an attribute is wrong, and as `Membership.joined` is. */
  async joined(): Promise<Room> {
    await this.#host.updateComplete
    this.#settle()
    const problem = this.problems.find(({ isHarmless }) => !isHarmless)
    if (problem !== undefined) throw new ConfigError(`the attribute "${problem.attribute}" ${problem.message}`)
    return await this.membership.joined()
  }

  /** Leave, and stay out until the element is connected again or wants something else. */
  async leave(): Promise<void> {
    const { room } = this
    this.#isAway = true
    this.#settle()
    await room?.leave()
  }

  /** Join again, after a failure or `leave`. */
  retry(): void {
    this.#isAway = false
    this.#settle()
    this.membership.retry()
  }

  /** Tell the page, by an event and on the console, what is wrong; *attribute* when one of ours is. */
  complain(message: string, about: { readonly attribute?: string; readonly error?: Error }): void {
    // biome-ignore lint/suspicious/noConsole: who writes the page looks there first
    console.error(`<${this.#host.localName}>: ${message}`, this.#host)
    this.#host.dispatchEvent(errorEvent(message, about))
  }

  /** An element that is moved in the page is taken out and put in again at once, which must not cost it its peers. */
  hostConnected(): void {
    this.#isAway = false
    this.#beat ??= setInterval(() => this.#look(), BEAT_MILLISECONDS)
    queueMicrotask(() => this.#settle())
  }

  hostDisconnected(): void {
    clearInterval(this.#beat)
    this.#beat = undefined
    queueMicrotask(() => this.#settle())
  }

  /** Follow what the attributes say. */
  hostUpdate(): void {
    const { confirm, identity, hiddenUi } = this.#host
    this.pen.confirm = confirm ? (draft, author) => this.#consent.ask(draft, author) : null
    this.#settle()
    if (this.#isUnseen && !hiddenUi) this.#restart()
    this.#isUnseen = hiddenUi
    const wanted = identity ?? 'ephemeral'
    if (isIdentity(wanted) && wanted !== this.pen.identity) void this.#use(wanted)
  }

  #settle(): void {
    const wishes = wishesOf(this.#host)
    if (!isAlike(wishes, this.#wishes)) this.#wish(wishes)
    const isWanted = this.#host.isConnected && !this.#host.defer && !this.#isAway && !this.isRefused
    this.membership.want(isWanted ? settingsOf(wishes) : null)
  }

  #wish(wishes: Wishes): void {
    const isElsewhere = wishes.collection !== this.#wishes?.collection
    this.#wishes = wishes
    this.#isAway = false
    this.problems = problemsOf(wishes)
    for (const { attribute, message } of this.problems) {
      this.complain(`the attribute "${attribute}" ${message}`, { attribute })
    }
    if (isElsewhere) this.#restart()
  }

  #open({ room, options }: ReturnType<typeof settingsOf>): Promise<Room> {
    this.failure = null
    this.notes.clear()
    const onEvent = (event: RoomEvent) => {
      options.onEvent?.(event)
      this.#heard(event)
    }
    return join(room, { ...options, key: this.pen, onEvent })
  }

  #heard(event: RoomEvent): void {
    this.notes.take(event)
    if (!this.#host.hiddenUi) this.#show(event)
    const told = domEventOf(event)
    if (told !== null) this.#host.dispatchEvent(told)
  }

  #show(event: RoomEvent): void {
    if (event.type === 'RecordAdded') this.pages.refresh(1)
    else if (CHANGES_RECORDS.has(event.type)) this.pages.refresh()
    else this.#host.requestUpdate()
  }

  #phaseChanged(): void {
    this.#restart()
    this.#host.requestUpdate()
  }

  #restart(): void {
    this.pages.restart(scopeOf(this.#host))
  }

  #failed(error: Error): void {
    this.failure = error
    this.#host.requestUpdate()
    this.complain(`could not be in the room: ${error.message}`, { error })
  }

  #penChanged(): void {
    const { identity } = this.pen
    if (identity !== (this.#host.identity ?? 'ephemeral')) this.#host.identity = identity
    this.#host.requestUpdate()
  }

  async #use(identity: Identity): Promise<void> {
    try {
      await this.pen.use(identity)
    } catch (error) {
      this.complain((error as Error).message, { attribute: 'identity', error: error as Error })
    }
  }

  #look(): void {
    const { standing } = this
    if (isAlike(standing, this.#shownStanding)) return
    this.#shownStanding = standing
    this.#host.requestUpdate()
  }
}

/** Give what all records of *host* have in common. */
export function scopeOf({ collection }: Given): { readonly collection?: string } {
  return collection === null ? {} : { collection }
}

const CHANGES_RECORDS: ReadonlySet<RoomEvent['type']> = new Set([
  'RecordDeleted',
  'RecordHidden',
  'RecordsExpired',
  'StorageEvicted',
  'StorageDamaged',
  'StorageUnavailable',
])

function wishesOf(host: Given): Wishes {
  const { room, app, relays, password, store, identity, collection, theme, iceServers, retention, policies, options } =
    host
  return withTextsRead({
    room,
    app,
    relays,
    password,
    store,
    identity,
    collection,
    theme,
    iceServers,
    retention,
    policies,
    options,
  })
}

function isIdentity(text: string): text is Identity {
  return (IDENTITIES as readonly string[]).includes(text)
}
