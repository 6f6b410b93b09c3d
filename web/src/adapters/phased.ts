/**
 * A room in phases: announced by another name in each epoch, at whatever places there are.
 *
 * Trystero knows the room by its own name alone. What it says is sealed anew under the name of the epoch before it leaves,
 * and what others say there under the room's own before trystero hears of it; so are the ids of peers exchanged.
 */

import type { OfferRecord } from '@trystero-p2p/core'
import type { Rng } from '../core/rng.ts'
import type { PeerId, RoomName } from '../core/signal.ts'
import type { SignalingStatus } from '../ports.ts'
import type { Aliases } from './aliases.ts'
import { Envelope } from './envelope.ts'
import { Gathering } from './gathering.ts'
import { objectIn } from './json.ts'
import { type Epoch, Epochs, PhasedName } from './phases.ts'
import { type Attendance, Rendezvous } from './rendezvous.ts'
import { topicOf } from './topic.ts'
import type { Said, Swarm, Venue } from './venue.ts'

/** So often the time of day is asked: a clock that was set, or a machine that slept, is noticed soon. */
export const CLOCK_SECONDS = 60

/** What of a message is sealed. */
const SEALED = ['offer', 'answer', 'candidate'] as const

/** What members of a room in phases agree on, and where one of them stands. */
export interface Terms {
  readonly room: RoomName
  readonly password: string
  readonly periodSeconds: number
  /** Where all of them meet, as specs such as "torrent:wss://tracker.example". */
  readonly places: readonly string[]
  readonly attendance: Attendance
}

/** A room at one place, under the names of those epochs in which it is announced there. */
interface Stay {
  readonly venue: Venue
  readonly swarm: Swarm
  readonly entered: Map<Epoch, Entered>
}

interface Entered {
  readonly rootTopic: string
  readonly leave: () => void
}

/** One room, in the epochs as they come and go. */
export class Phased {
  readonly #terms: Terms
  readonly #name: PhasedName
  readonly #epochs: Epochs
  readonly #unix: () => number
  readonly #stays = new Map<Venue, Stay>()
  readonly #phases = new Map<Epoch, Phase>()
  #timer: ReturnType<typeof setTimeout> | undefined

  /** *unix* tells the time of day, in seconds. */
  constructor(terms: Terms, unix: () => number, rng: Rng) {
    this.#terms = terms
    this.#name = new PhasedName(terms.room, terms.password, terms.periodSeconds)
    this.#epochs = new Epochs(terms.periodSeconds, rng)
    this.#unix = unix
  }

  /** Take part in *swarm* at *venue* whenever it is in turn, until what is given back is called. */
  enter(venue: Venue, swarm: Swarm): () => void {
    const stay: Stay = { venue, swarm, entered: new Map() }
    this.#stays.set(venue, stay)
    this.#turn()
    return () => {
      for (const { leave } of stay.entered.values()) leave()
      if (this.#stays.get(venue) === stay) this.#stays.delete(venue)
      if (this.#stays.size === 0) this.#rest()
    }
  }

  /** Say at *venue* that we are there, under the names that it hears now; give when to do so again, in milliseconds. */
  announce(venue: Venue): number {
    const entered = [...(this.#stays.get(venue)?.entered.values() ?? [])]
    const intervals = entered.flatMap(({ rootTopic }) => venue.announce(rootTopic) ?? [])
    return intervals.length === 0 ? CLOCK_SECONDS * 1_000 : Math.min(...intervals)
  }

  /** Say whether the room is announced now at the place that has this status. */
  isAnnouncedAt(status: SignalingStatus): boolean {
    return this.#epochs.at(this.#unix()).some(epoch => this.#isTurnOf(status, epoch))
  }

  #isTurnOf({ strategy, place }: SignalingStatus, epoch: Epoch): boolean {
    return this.#name.placesAt(epoch, this.#terms.places).includes(`${strategy}:${place}`)
  }

  /** Enter and leave epochs as it is time to, here and whenever that changes. */
  #turn(): void {
    const unix = this.#unix()
    const wanted = this.#epochs.at(unix)
    for (const stay of this.#stays.values()) this.#settle(stay, wanted)
    for (const [epoch, phase] of this.#phases) {
      if (wanted.includes(epoch)) continue
      phase.stop()
      this.#phases.delete(epoch)
    }
    clearTimeout(this.#timer)
    const seconds = Math.min(this.#epochs.restSeconds(unix), CLOCK_SECONDS)
    this.#timer = setTimeout(() => this.#turn(), seconds * 1_000)
  }

  #settle({ venue, swarm, entered }: Stay, wanted: readonly Epoch[]): void {
    for (const [epoch, { leave }] of entered) {
      if (wanted.includes(epoch)) continue
      leave()
      entered.delete(epoch)
    }
    const { status } = venue
    for (const epoch of wanted) {
      if (entered.has(epoch) || status === null || !this.#isTurnOf(status, epoch)) continue
      const masked = this.#phaseOf(epoch).mask(swarm)
      entered.set(epoch, { rootTopic: masked.rootTopic, leave: venue.enter(masked) })
      venue.announce(masked.rootTopic)
    }
  }

  #phaseOf(epoch: Epoch): Phase {
    const phase = this.#phases.get(epoch) ?? new Phase(this.#name, epoch, this.#terms)
    this.#phases.set(epoch, phase)
    return phase
  }

  #rest(): void {
    clearTimeout(this.#timer)
    for (const phase of this.#phases.values()) phase.stop()
    this.#phases.clear()
  }
}

/** One epoch of a room. */
class Phase {
  readonly #name: RoomName
  readonly #aliases: Aliases
  readonly #inner: Envelope
  readonly #outer: Envelope
  readonly #gathering: Gathering

  constructor(name: PhasedName, epoch: Epoch, { room, password, attendance }: Terms) {
    this.#name = name.at(epoch)
    this.#aliases = name.aliases(epoch)
    this.#inner = new Envelope(room, password)
    this.#outer = new Envelope(this.#name, password)
    this.#gathering = gatheringOf(attendance, this.#aliases)
  }

  /** Give *swarm* as it is in this epoch. */
  mask(swarm: Swarm): Swarm {
    const self = this.#aliases.of(swarm.self)
    return {
      name: this.#name,
      self,
      rootTopic: topicOf(this.#name),
      selfTopic: topicOf(this.#name, self),
      gathering: this.#gathering,
      tell: (said, reply) => void this.#tell(swarm, said, reply),
      offers: async count => await Promise.all((await swarm.offers(count)).map(record => this.#masked(record))),
    }
  }

  /** Take back what was offered in it. */
  stop(): void {
    this.#gathering.stop()
  }

  async #masked(record: OfferRecord): Promise<OfferRecord> {
    const { offer } = await sealedAnew({ offer: record.offer }, this.#inner, this.#outer)
    return { ...record, offer }
  }

  async #tell(swarm: Swarm, said: Said, reply: Reply): Promise<void> {
    const peerId = this.#aliases.peer(said.peerId)
    const inward = await sealedAnew(said, this.#outer, this.#inner).catch(() => null)
    if (inward === null || peerId === null) return
    swarm.tell({ ...inward, peerId }, async (_, text) => {
      const outward = await sealedAnew(objectIn(text), this.#inner, this.#outer)
      const signed = { ...outward, peerId: this.#aliases.of(swarm.self) }
      await reply(topicOf(this.#name, said.peerId), JSON.stringify(signed))
    })
  }
}

/** Make what all places of one epoch share: they know peers by their aliases, and trystero by their ids. */
function gatheringOf(attendance: Attendance, aliases: Aliases): Gathering {
  const isConnected = (alias: PeerId) => attendance.isConnected(aliases.peer(alias) ?? alias)
  return new Gathering({ ...attendance, isConnected }, new MaskedRendezvous(attendance, aliases), null)
}

/** Which of two peers waits for the other is told by their ids, and no alias. */
class MaskedRendezvous extends Rendezvous {
  readonly #aliases: Aliases

  constructor(attendance: Attendance, aliases: Aliases) {
    super(attendance)
    this.#aliases = aliases
  }

  override offered(alias: PeerId, announce: () => void): void {
    const peer = this.#aliases.peer(alias)
    if (peer !== null) super.offered(peer, announce)
  }
}

type Reply = Parameters<Swarm['tell']>[1]

/** Give *said* with all that *from* opens in it sealed by *to*; rejects when it opens something not. */
async function sealedAnew<Some extends { readonly [name: string]: unknown } | Said>(
  said: Some,
  from: Envelope,
  to: Envelope,
): Promise<Some> {
  const found = SEALED.filter(name => name in said)
  const texts = found.map(async name => {
    const text = await from.open(String(Object(said)[name]))
    if (text === null) throw new TypeError(`the ${name} is not of this room`)
    return [name, await to.seal(text)] as const
  })
  return { ...said, ...Object.fromEntries(await Promise.all(texts)) }
}
