/** A relay with a signer on it, for tests of signers elsewhere. */

import { WebSocket, WebSocketServer } from 'ws'
import type { UnixTime } from '../../src/core/clock.ts'
import { type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { conversationKey, openText, sealText } from '../../src/core/nip44.ts'
import { KIND_SIGNING } from '../../src/core/nip46.ts'
import { eventOf, signRecord } from '../../src/core/record.ts'

export const KEY = new SecretKey(new Uint8Array(32).fill(5))
export const CLIENT = new SecretKey(new Uint8Array(32).fill(6))

/** What the signer says to a question, one after another. */
export type Answers = (asked: { readonly method: string; readonly params: readonly string[] }) => readonly object[]

export const usual: Answers = ({ method, params }) => {
  if (method === 'connect') return [{ result: 'ack' }]
  if (method === 'get_public_key') return [{ result: KEY.publicKey }]
  const { created_at, ...draft } = JSON.parse(params[0] ?? '')
  return [{ result: JSON.stringify(eventOf(signRecord(KEY, { ...draft, createdAt: created_at }))) }]
}

/** A signer at work. */
export interface Signing {
  readonly relay: WebSocketServer
  readonly url: string
  readonly address: string
  readonly WebSocket: typeof globalThis.WebSocket
  answers: Answers
  /** It wants to know first who speaks (NIP-42). */
  asks: boolean
  /** Lets it answer what it is asked for; until then it has no question, and passes nothing on. */
  heed: Promise<void>
  /** How many events came before that. */
  early: number
  /** How often it was asked for what is said to somebody, */
  asked: number
  /** and how many connections there were. */
  connected: number
  close(): Promise<void>
}

/** Run a relay whose signer answers as usual, until told otherwise; each answer comes from somebody else first. */
export async function signing(): Promise<Signing> {
  const relay = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise(resolve => relay.once('listening', resolve))
  const url = `ws://127.0.0.1:${(relay.address() as { readonly port: number }).port}`
  const signing: Signing = {
    relay,
    url,
    address: `bunker://${KEY.publicKey}?relay=${url}&secret=hush`,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    answers: usual,
    asks: false,
    heed: Promise.resolve(),
    early: 0,
    asked: 0,
    connected: 0,
    close: async () => {
      for (const socket of relay.clients) socket.terminate()
      await new Promise(resolve => relay.close(resolve))
    },
  }
  relay.on('connection', socket => {
    signing.connected += 1
    let isKnown = !signing.asks
    let hasQuestion = false
    if (signing.asks) socket.send('["AUTH","who is it"]')
    socket.on('message', data => {
      const [type, event] = JSON.parse(String(data))
      if (type === 'AUTH') {
        isKnown =
          event.kind === 22_242 && JSON.stringify(event.tags) === `[["relay","${url}"],["challenge","who is it"]]`
        return socket.send(JSON.stringify(['OK', event.id, isKnown, '']))
      }
      if (!isKnown) {
        const why = 'auth-required: who is it'
        return socket.send(JSON.stringify(type === 'EVENT' ? ['OK', event.id, false, why] : ['CLOSED', event, why]))
      }
      if (type !== 'EVENT') {
        signing.asked += 1
        return signing.heed.then(() => {
          hasQuestion = true
          socket.send('["EOSE","any"]')
        })
      }
      if (!hasQuestion) {
        signing.early += 1
        return
      }
      const conversation = conversationKey(KEY, event.pubkey as PublicKey)
      const asked = JSON.parse(openText(event.content, conversation))
      for (const said of signing.answers(asked)) {
        const content = sealText(JSON.stringify({ id: asked.id, ...said }), conversation, new Uint8Array(32).fill(1))
        const draft = { createdAt: 0 as UnixTime, kind: KIND_SIGNING, tags: [['p', event.pubkey]], content }
        for (const key of [CLIENT, KEY]) socket.send(JSON.stringify(['EVENT', 'any', eventOf(signRecord(key, draft))]))
      }
    })
  })
  return signing
}

/** What a signer sends to the client that shows *invitation*, when it says *result*, as an event of *key*. */
export function greeting(invitation: string, key: SecretKey, result: string): string {
  const client = invitation.slice('nostrconnect://'.length, 'nostrconnect://'.length + 64) as PublicKey
  const text = JSON.stringify({ id: '00', result })
  const content = sealText(text, conversationKey(key, client), new Uint8Array(32).fill(1))
  const draft = { createdAt: 0 as UnixTime, kind: KIND_SIGNING, tags: [['p', client]], content }
  return JSON.stringify(['EVENT', 'any', eventOf(signRecord(key, draft))])
}
