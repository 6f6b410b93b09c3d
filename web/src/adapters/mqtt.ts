/** A broker of MQTT over web sockets, as Trystero's mqtt strategy uses it. */

import { genId } from '@trystero-p2p/core'
import type { SignalingStatus } from '../ports.ts'
import { connect, Packets, ping, publish, subscribe, unsubscribe } from './mqtt-packets.ts'
import { Socket } from './socket.ts'
import { type Board, Topics } from './topics.ts'
import type { Venue } from './venue.ts'

/** The brokers that Trystero 0.25.4 asks. */
const USUAL: readonly string[] = [
  'wss://test.mosquitto.org:8081/mqtt',
  'wss://broker.emqx.io:8084/mqtt',
  'wss://public:public@public.cloud.shiftr.io',
  'wss://broker-cn.emqx.io:8084/mqtt',
]

/** A broker closes a connection of which it hears nothing for one and a half times so long. */
export const KEEP_ALIVE_SECONDS = 60

const CLIENT_CHARACTERS = 20
const IDS = 65_535

/** Keep in touch with the broker at *url*. */
export function openVenue(url: string, Class: typeof WebSocket): Venue {
  return new Topics(onOpen => new Broker(url, Class, onOpen))
}

/** Give the brokers that Trystero asks. */
export function usual(): readonly string[] {
  return USUAL
}

class Broker implements Board {
  readonly silentSeconds = 0
  readonly #place: string
  readonly #socket: Socket
  readonly #listeners = new Map<string, (text: unknown) => void>()
  readonly #onOpen: () => void
  readonly #timer: ReturnType<typeof setInterval>
  #packets = new Packets()
  #isAccepted = false
  #number = 0

  constructor(url: string, Class: typeof WebSocket, onOpen: () => void) {
    const address = new URL(url)
    const [user, password] = [address.username, address.password].map(decodeURIComponent) as [string, string]
    address.username = address.password = ''
    this.#place = url
    this.#onOpen = onOpen
    this.#socket = new Socket(address.href, Class, {
      protocol: 'mqtt',
      onOpen: () => {
        this.#packets = new Packets()
        this.#isAccepted = false
        const how = { user, password, keepAliveSeconds: KEEP_ALIVE_SECONDS }
        this.#socket.send(connect(genId(CLIENT_CHARACTERS), how))
      },
      onBytes: bytes => this.#hear(bytes),
    })
    this.#timer = setInterval(() => this.#say(ping()), (KEEP_ALIVE_SECONDS / 2) * 1_000)
  }

  get status(): SignalingStatus {
    return { strategy: 'mqtt', place: this.#place, ...this.#socket.standing }
  }

  subscribe(topic: string, hear: (text: unknown) => void): () => void {
    this.#listeners.set(topic, hear)
    this.#say(subscribe(this.#nextNumber(), topic))
    return () => {
      if (this.#listeners.delete(topic)) this.#say(unsubscribe(this.#nextNumber(), topic))
    }
  }

  publish(topic: string, text: string): void {
    this.#say(publish(topic, text))
  }

  close(): void {
    clearInterval(this.#timer)
    this.#socket.close()
  }

  #say(packet: Uint8Array<ArrayBuffer>): void {
    if (this.#isAccepted) this.#socket.send(packet)
  }

  /** Packets that are to be acknowledged have numbers from 1. */
  #nextNumber(): number {
    this.#number = (this.#number % IDS) + 1
    return this.#number
  }

  #hear(bytes: Uint8Array): void {
    const packets = this.#packets.take(bytes)
    if (packets === null) return this.#socket.close('it sends no packets of MQTT')
    for (const packet of packets) {
      if (packet.type === 'accepted') this.#accepted()
      else if (packet.type === 'refused') this.#socket.close(`it refuses the connection (code ${packet.code})`)
      else {
        this.#socket.succeed()
        this.#listeners.get(packet.topic)?.(packet.text)
      }
    }
  }

  #accepted(): void {
    this.#isAccepted = true
    this.#socket.succeed()
    for (const topic of this.#listeners.keys()) this.#say(subscribe(this.#nextNumber(), topic))
    this.#onOpen()
  }
}
