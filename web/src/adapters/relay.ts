/** A relay of Trystero's ws-relay strategy; a tracker of `peerset tracker` is one too. */

import type { SignalingStatus } from '../ports.ts'
import { objectIn } from './json.ts'
import { Socket } from './socket.ts'
import { type Board, Topics } from './topics.ts'
import type { Venue } from './venue.ts'

/** Keep in touch with the relay at *url*. */
export function openVenue(url: string, Class: typeof WebSocket): Venue {
  return new Topics(onOpen => new Relay(url, Class, onOpen))
}

/** Give the public ones: there are none. */
export function usual(): readonly string[] {
  return []
}

class Relay implements Board {
  readonly silentSeconds = 0
  readonly #socket: Socket
  readonly #listeners = new Map<string, (text: unknown) => void>()

  constructor(url: string, Class: typeof WebSocket, onOpen: () => void) {
    this.#socket = new Socket(url, Class, {
      onOpen: () => {
        for (const topic of this.#listeners.keys()) this.#say({ type: 'subscribe', topic })
        onOpen()
      },
      onText: text => this.#hear(text),
    })
  }

  get status(): SignalingStatus {
    return { strategy: 'relay', place: this.#socket.url, ...this.#socket.standing }
  }

  subscribe(topic: string, hear: (text: unknown) => void): () => void {
    this.#listeners.set(topic, hear)
    this.#say({ type: 'subscribe', topic })
    return () => {
      if (this.#listeners.delete(topic)) this.#say({ type: 'unsubscribe', topic })
    }
  }

  publish(topic: string, text: string): void {
    this.#say({ type: 'publish', topic, payload: text })
  }

  close(): void {
    this.#socket.close()
  }

  #say(word: object): void {
    this.#socket.send(JSON.stringify(word))
  }

  #hear(text: string): void {
    const { topic, payload } = objectIn(text)
    const listener = this.#listeners.get(String(topic))
    if (listener === undefined) return
    this.#socket.succeed()
    listener(payload)
  }
}
