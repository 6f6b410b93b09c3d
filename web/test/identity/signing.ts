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
  /** How many connections there were. */
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
    connected: 0,
    close: async () => {
      for (const socket of relay.clients) socket.terminate()
      await new Promise(resolve => relay.close(resolve))
    },
  }
  relay.on('connection', socket => {
    signing.connected += 1
    socket.on('message', data => {
      const [type, event] = JSON.parse(String(data))
      if (type !== 'EVENT') return socket.send('["EOSE","any"]')
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
