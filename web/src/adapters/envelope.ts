/**
 * Trystero's sealing of session descriptions: AES-256-GCM under a key made of the room's names and its password.
 *
 * The form is as Trystero 0.21 to 0.25 has it: the nonce as 16 numbers with commas, "$", and base64.
 */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { RoomName } from '../core/signal.ts'

const CIPHER = 'AES-GCM'
const NONCE_BYTES = 16
const SEALED = /^(\d{1,3}(?:,\d{1,3}){15})\$([\w+/=]+)$/

/** Seals and opens the descriptions of one room. */
export class Envelope {
  readonly #secret: string
  #key: Promise<CryptoKey> | null = null

  constructor({ app, room }: RoomName, password: string) {
    this.#secret = `${password}:${app}:${room}`
  }

  /** Seal *text* under a fresh nonce. */
  async seal(text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const sealed = await crypto.subtle.encrypt({ name: CIPHER, iv }, await this.#derived(), octets(text))
    return `${iv.join()}$${btoa(String.fromCharCode(...new Uint8Array(sealed)))}`
  }

  /** Open *sealed*; null when it is no sealed text, or was sealed under another key. */
  async open(sealed: string): Promise<string | null> {
    const [, nonce = '', rest = ''] = SEALED.exec(sealed) ?? []
    try {
      const iv = Uint8Array.from(nonce.split(','), Number)
      const data = Uint8Array.from(atob(rest), character => character.charCodeAt(0))
      const text = await crypto.subtle.decrypt({ name: CIPHER, iv }, await this.#derived(), data)
      return new TextDecoder('utf-8', { fatal: true }).decode(text)
    } catch {
      return null
    }
  }

  #derived(): Promise<CryptoKey> {
    this.#key ??= derive(this.#secret)
    return this.#key
  }
}

async function derive(secret: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', octets(secret))
  return crypto.subtle.importKey('raw', digest, CIPHER, false, ['encrypt', 'decrypt'])
}

function octets(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(utf8ToBytes(text))
}
