/** What `<peerset-room>` does without being seen: it joins and leaves, tells what happens, and reads the records. */

import type { LitElement, ReactiveController } from 'lit'
import type { LinkingCode } from '../../core/linking-code.ts'
import { makeRoomName } from '../../core/signal.ts'
import { several } from '../../core/typed.ts'
import { ConfigError, RoomClosedError } from '../../errors.ts'
import type { RoomEvent } from '../../notices.ts'
import { isAddress, readRoom } from '../../room/addressed.ts'
import type { Link } from '../../room/devices.ts'
import { takeCode, takeInvitation } from '../../room/invited.ts'
import { type JoinOptions, join } from '../../room/joining.ts'
import type { Query } from '../../room/query.ts'
import type { Room } from '../../room/room.ts'
import type { Consent } from '../identity/consent.ts'
import type { Identity, Pen } from '../identity/pen.ts'
import { Authorship } from './authorship.ts'
import { domEventOf, errorEvent } from './events.ts'
import { Lock } from './lock.ts'
import { Membership } from './membership.ts'
import { Notes } from './notes.ts'
import { Pages } from './pages.ts'
import { Permit } from './permit.ts'
import { type Given, isAlike, type Problem, problemsOf, settingsOf, type Wishes, withTextsRead } from './settings.ts'
import { isOnline, type Standing, standingOf } from './standing.ts'

/** Relays and roots change without a word: the header looks again so often. */
const BEAT_MILLISECONDS = 1_000

/** The element that a link serves. */
export interface Linked extends LitElement, Given {
  identity: string | null
  src: string | false | null
  readonly fromHash: boolean
  readonly confirm: boolean
  readonly defer: boolean
  readonly hiddenUi: boolean
}

/** Links an element to its room. */
export class RoomLink implements ReactiveController {
  readonly notes = new Notes()
  /** Whether what is in the room opens here. */
  readonly lock: Lock
  /** Whether the visitor may write. */
  readonly permit: Permit
  readonly pages: Pages
  readonly membership: Membership
  /** What is wrong with the attributes. */
  problems: readonly Problem[] = []
  /** Why the room could not be joined, or broke. */
  failure: Error | null = null
  readonly #host: Linked
  readonly #consent: Consent
  readonly #onCode: (code: string) => void
  readonly #authorship: Authorship
  #wishes: Wishes | null = null
  /** Of what the attribute says, an identity that others of the page have said. */
  #echo: string | null = null
  #isAway = false
  /** The room is joined by a code meanwhile, with the key of that. */
  #isHeld = false
  /** Nothing is read for an interface that is not there. */
  #isUnseen = false
  #beat: ReturnType<typeof setInterval> | undefined
  #shownStanding: Standing | null = null

  /** *onCode* takes the code by which the page was opened: the element joins nothing until `resume`. */
  constructor(host: Linked, consent: Consent, onCode: (code: string) => void) {
    this.#host = host
    this.#consent = consent
    this.#onCode = onCode
    this.lock = new Lock(host, () => this.#settle())
    this.permit = new Permit(host, () => this.#settle())
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
    this.#authorship = new Authorship({
      onChange: () => this.#penChanged(),
      onFailure: error => this.complain(error.message, { attribute: 'identity', error }),
    })
    host.addController(this)
  }

  /** Who signs what is written here. */
  get pen(): Pen {
    return this.#authorship.pen
  }

  /** The room while it is joined. */
  get room(): Room | null {
    return this.membership.room
  }

  /** An attribute is so wrong that no room can be joined. */
  get isRefused(): boolean {
    return this.problems.some(({ isHarmless }) => !isHarmless)
  }

  /** How the element joins rooms. */
  get options(): JoinOptions {
    return settingsOf(wishesOf(this.#host)).options
  }

  /** How the room stands. */
  get standing(): Standing {
    const { room, membership } = this
    const { peers = [], signaling = [] } = room ?? {}
    return standingOf({ phase: membership.phase, peers, signaling, isOnline: isOnline() })
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

  /** Have *work* sign what is more than a record, as the visitor has asked for. */
  granting<T>(work: () => Promise<T>): Promise<T> {
    return this.#authorship.granting(work)
  }

  /** Go on after a code: join its room, and with the grant of *link*, if one came. */
  resume(code: LinkingCode | null, link: Link | null): void {
    if (code !== null) this.#host.src = code.room
    if (link !== null) this.permit.take([link.grant])
    this.#isHeld = false
    this.#settle()
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
    this.#invited()
    globalThis.addEventListener('hashchange', this.#invited)
    this.#beat ??= setInterval(() => this.#look(), BEAT_MILLISECONDS)
    queueMicrotask(() => this.#settle())
  }

  hostDisconnected(): void {
    globalThis.removeEventListener('hashchange', this.#invited)
    clearInterval(this.#beat)
    this.#beat = undefined
    queueMicrotask(() => this.#settle())
  }

  /** Follow what the attributes say. */
  hostUpdate(): void {
    this.#invited()
    const { confirm, hiddenUi } = this.#host
    this.#authorship.confirm = confirm ? (draft, author) => this.#consent.ask(draft, author) : null
    this.#settle()
    if (this.#isUnseen && !hiddenUi) this.#restart()
    this.#isUnseen = hiddenUi
  }

  /** Join by the invitation that this page was opened with, where the element wants that. */
  readonly #invited = (): void => {
    const { fromHash, hiddenUi } = this.#host
    if (!fromHash) return
    const code = hiddenUi ? null : takeCode()
    if (code !== null) {
      this.#isHeld = true
      this.#onCode(code)
    }
    this.#host.src = takeInvitation() ?? this.#host.src
  }

  #settle(): void {
    const [{ secret }, { grants }] = [this.lock, this.permit]
    const said = wishesOf(this.#host)
    const options = { ...said.options, grants: [...several(said.options?.grants ?? []), ...grants] as string[] }
    const wishes = { ...said, ...(secret !== null && { seal: secret }), ...(grants.length > 0 && { options }) }
    if (!isAlike(wishes, this.#wishes)) this.#wish(wishes)
    const { isConnected, defer } = this.#host
    const isWanted = isConnected && !defer && !this.#isAway && !this.#isHeld && !this.isRefused
    this.membership.want(isWanted ? settingsOf(wishes) : null)
  }

  #wish(wishes: Wishes): void {
    const before = this.#wishes
    this.#wishes = wishes
    this.#isAway = false
    this.problems = problemsOf(wishes)
    for (const { attribute, message } of this.problems) {
      this.complain(`the attribute "${attribute}" ${message}`, { attribute })
    }
    if (wishes.collection !== before?.collection) this.#restart()
    if (wishes.identity !== this.#echo) this.#echo = null
    this.#authorship.say(this.#echo === null ? wishes : { ...wishes, identity: null })
    // Another identity may go together with those that write here already.
    if (wishes.identity !== before?.identity && this.membership.phase === 'failed') this.membership.retry()
  }

  async #open({ room, options }: ReturnType<typeof settingsOf>): Promise<Room> {
    this.failure = null
    this.notes.clear()
    const onEvent = (event: RoomEvent) => {
      options.onEvent?.(event)
      this.#heard(event)
    }
    const [name, said] = isAddress(room) ? await readRoom(room, options) : [room, options]
    await this.#authorship.connect()
    const key = this.#authorship.enter(makeRoomName(said.app ?? 'peerset', name))
    const joined = await join(name, { ...said, key, onEvent })
    void this.permit.enter(several(said.grants ?? []) as string[], joined.key)
    return joined
  }

  #heard(event: RoomEvent): void {
    this.notes.take(event)
    this.lock.take(event)
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
    const { phase } = this.membership
    if (phase === 'idle' || phase === 'failed') this.#authorship.leave()
    if (phase === 'joined' || phase === 'idle')
      void this.lock.enter(this.room, (this.#wishes?.seal ?? this.#wishes?.options?.seal) != null)
    this.#ask()
    this.#restart()
    this.#host.requestUpdate()
  }

  #restart(): void {
    this.pages.restart(shownOf(this.#host))
  }

  #failed(error: Error): void {
    this.failure = error
    this.lock.fail(error)
    this.permit.fail(error)
    this.#host.requestUpdate()
    this.complain(`could not be in the room: ${error.message}`, { error })
  }

  #penChanged(): void {
    const { identity } = this.pen
    if (identity !== 'page' && identity !== (this.#host.identity ?? 'ephemeral')) this.#reflect(identity)
    this.#host.requestUpdate()
  }

  /** Let the attribute say as whom all write; what others of the page have said, this element has not. */
  #reflect(identity: Identity): void {
    const isSaidByOthers = this.#authorship.isSaidByOthers(identity)
    const isOver = this.#echo !== null && identity === 'ephemeral'
    this.#echo = isSaidByOthers && !isOver ? identity : null
    this.#host.identity = isOver ? null : identity
  }

  #ask(): void {
    if (!this.#host.hiddenUi) void this.permit.look(this.room, this.#host.collection)
  }

  #look(): void {
    const { standing } = this
    this.#ask()
    if (isAlike(standing, this.#shownStanding)) return
    this.#shownStanding = standing
    this.#host.requestUpdate()
  }
}

/** Give what all records of *host* have in common. */
export function scopeOf({ collection }: Given): { readonly collection?: string } {
  return collection === null ? {} : { collection }
}

/** Give what all records that *host* shows have in common: those of its collection, and files. */
export function shownOf({ collection, files }: Given): Query {
  if (collection === null) return {}
  return files === null ? { collection } : { tags: { c: [collection, files] } }
}

const CHANGES_RECORDS: ReadonlySet<RoomEvent['type']> = new Set([
  'RecordDeleted',
  'RecordHidden',
  'CurtainChanged',
  'RecordsExpired',
  'StorageEvicted',
  'StorageDamaged',
  'StorageUnavailable',
])

function wishesOf(host: Given): Wishes {
  const taken = <Name extends keyof Given>(...names: readonly Name[]) =>
    Object.fromEntries(names.map(name => [name, host[name]])) as Pick<Given, Name>
  return withTextsRead({
    ...taken('room', 'src', 'app', 'signaling', 'password', 'phases', 'seal', 'store', 'identity'),
    ...taken('collection', 'files', 'theme', 'iceServers', 'retention', 'window', 'diskBytes', 'policies', 'options'),
  })
}
