/**
 * A relay of Nostr, as Trystero's nostr strategy uses it: what is said is the content of ephemeral events.
 *
 * They are signed by a key of this page load, which belongs to nobody.
 */

import { bytesToHex } from '@noble/hashes/utils.js'
import { getRelays } from '@trystero-p2p/core'
import type { UnixTime } from '../core/clock.ts'
import { SecretKey } from '../core/keys.ts'
import { eventOf, signRecord } from '../core/record.ts'
import type { SignalingStatus } from '../ports.ts'
import { listIn } from './json.ts'
import { Socket } from './socket.ts'
import { systemRng } from './system.ts'
import { type Board, Topics } from './topics.ts'
import type { Venue } from './venue.ts'

/** The relays that Trystero 0.25.4 knows, */
const KNOWN: readonly string[] = [
  'basspistol.org',
  'bucket.coracle.social',
  'chorus.pjv.me',
  'koru.bitcointxoko.org',
  'nos.lol',
  'nostr-01.uid.ovh',
  'nostr-01.yakihonne.com',
  'nostr-relay.corb.net',
  'nostr.data.haus',
  'nostr.islandarea.net',
  'nostr.sathoarder.com',
  'nostr.tegila.com.br',
  'nostr.vulpem.com',
  'purplerelay.com',
  'relay-can.zombi.cloudrodion.com',
  'relay-rpi.edufeed.org',
  'relay.agorist.space',
  'relay.artio.inf.unibe.ch',
  'relay.mostr.pub',
  'relay.mostro.network',
  'relay.sigit.io',
  'relay02.lnfi.network',
  'schnorr.me',
  'social.amanah.eblessing.co',
  'staging.yabu.me',
  'strfry.shock.network',
  'top.testrelay.top',
  'yabu.me/v2',
].map(host => `wss://${host}`)

/** of which it asks so many, which depend on the application. */
const RELAYS_ASKED = 5

/** Topics are spread over so many kinds of ephemeral events (NIP-01), from the first of those. */
const EPHEMERAL_KIND_FIRST = 20_000
const KINDS = 10_000

/** A relay takes no more topics in one subscription. */
export const TOPICS_PER_SUBSCRIPTION_MAX = 250

/** A relay that has heard enough of us is told for so long that we are there no more; twice as long each time. */
export const BACKOFF_SECONDS_MIN = 60
export const BACKOFF_SECONDS_MAX = 900

const ID_BYTES = 16
const LIMITED = /^rate-limited:/
const KNOWN_ALREADY = /^duplicate:/

/** Keep in touch with the relay at *url*. */
export function openVenue(url: string, Class: typeof WebSocket): Venue {
  return new Topics(onOpen => new NostrRelay(url, Class, onOpen))
}

/** Give the relays that Trystero asks for the application *app*. */
export function usual(app: string): readonly string[] {
  return getRelays({ appId: app }, [...KNOWN], RELAYS_ASKED, true)
}

class NostrRelay implements Board {
  readonly #socket: Socket
  readonly #key = SecretKey.generate(systemRng())
  readonly #listeners = new Map<string, (text: unknown) => void>()
  readonly #name = bytesToHex(systemRng().randomBytes(ID_BYTES))
  #subscriptions = 0
  #isDue = false
  #backoffSeconds = 0
  #silentUntil = 0

  constructor(url: string, Class: typeof WebSocket, onOpen: () => void) {
    this.#socket = new Socket(url, Class, {
      onOpen: () => {
        this.#subscribe()
        onOpen()
      },
      onText: text => this.#hear(listIn(text)),
    })
  }

  get status(): SignalingStatus {
    return { strategy: 'nostr', place: this.#socket.url, ...this.#socket.standing }
  }

  get silentSeconds(): number {
    return Math.max(0, (this.#silentUntil - performance.now()) / 1_000)
  }

  subscribe(topic: string, hear: (text: unknown) => void): () => void {
    this.#listeners.set(topic, hear)
    this.#renew()
    return () => {
      if (this.#listeners.delete(topic)) this.#renew()
    }
  }

  publish(topic: string, text: string): void {
    if (this.#socket.isOpen) this.#socket.send(JSON.stringify(['EVENT', this.#eventOf(topic, text)]))
  }

  close(): void {
    this.#socket.close()
  }

  #eventOf(topic: string, content: string): object {
    return eventOf(signRecord(this.#key, { createdAt: seconds(), kind: kindOf(topic), tags: [['x', topic]], content }))
  }

  /** Subscribe anew to all topics, once for all that change at once. */
  #renew(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => this.#subscribe())
  }

  #subscribe(): void {
    this.#isDue = false
    const topics = [...this.#listeners.keys()]
    const count = Math.ceil(topics.length / TOPICS_PER_SUBSCRIPTION_MAX)
    for (let number = 0; number < count; number += 1) {
      const some = topics.slice(number * TOPICS_PER_SUBSCRIPTION_MAX, (number + 1) * TOPICS_PER_SUBSCRIPTION_MAX)
      const filter = { kinds: [...new Set(some.map(kindOf))], since: seconds(), '#x': some }
      this.#say('REQ', this.#name + number, filter)
    }
    for (let number = count; number < this.#subscriptions; number += 1) this.#say('CLOSE', this.#name + number)
    this.#subscriptions = count
  }

  #say(...words: readonly unknown[]): void {
    this.#socket.send(JSON.stringify(words))
  }

  #hear([type, subject, value, reason]: readonly unknown[]): void {
    if (type === 'EVENT') this.#pass(Object(value))
    else if (type === 'EOSE' || (type === 'OK' && value === true)) this.#succeed()
    else if (type === 'NOTICE') this.#socket.fail(said(subject))
    else if (type === 'OK') this.#refused(said(reason))
    // It wants nothing of us, and would say so each time.
    else if (type === 'CLOSED') this.#socket.close(said(value))
  }

  #pass({ tags, content }: { readonly tags?: unknown; readonly content?: unknown }): void {
    if (!Array.isArray(tags)) return
    const tag: unknown = tags.find(each => Array.isArray(each) && each[0] === 'x')
    this.#listeners.get(String(Object(tag)[1]))?.(content)
  }

  #succeed(): void {
    this.#backoffSeconds = 0
    this.#socket.succeed()
  }

  #refused(reason: string): void {
    if (KNOWN_ALREADY.test(reason)) return this.#succeed()
    if (!LIMITED.test(reason)) return this.#socket.close(reason)
    this.#socket.fail(reason)
    this.#backoffSeconds = Math.min(Math.max(BACKOFF_SECONDS_MIN, this.#backoffSeconds * 2), BACKOFF_SECONDS_MAX)
    this.#silentUntil = performance.now() + this.#backoffSeconds * 1_000
  }
}

/** Give the kind of the events of *topic*, as trystero does. */
export function kindOf(topic: string): number {
  const sum = [...topic].reduce((total, character) => total + character.charCodeAt(0), 0)
  return EPHEMERAL_KIND_FIRST + (sum % KINDS)
}

const REASON_CHARACTERS_MAX = 200

function said(reason: unknown): string {
  return String(reason).slice(0, REASON_CHARACTERS_MAX)
}

function seconds(): UnixTime {
  return Math.floor(Date.now() / 1_000) as UnixTime
}
