// What nostr-tools makes of what it is asked on standard input, as JSON on standard output.

import { readFileSync } from 'node:fs'
import * as nip06 from 'nostr-tools/nip06'
import * as nip19 from 'nostr-tools/nip19'
import * as nip49 from 'nostr-tools/nip49'
import { finalizeEvent, getEventHash, getPublicKey, verifyEvent } from 'nostr-tools/pure'

const bytes = hex => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = data => Buffer.from(data).toString('hex')
const asked = JSON.parse(readFileSync(0, 'utf8'))

const answers = {
  ids: asked.events.map(event => getEventHash(event)),
  verified: asked.events.map(event => verifyEvent(event)),
  signed: asked.drafts.map(({ secret, ...draft }) => finalizeEvent(draft, bytes(secret))),
  named: asked.texts.map(text => nip19.decode(text)),
  texts: asked.names.map(([type, data]) => nip19[`${type}Encode`](data)),
  opened: asked.sealed.map(({ text, passphrase }) => hex(nip49.decrypt(text, passphrase))),
  sealed: asked.secrets.map(({ secret, passphrase }) => nip49.encrypt(bytes(secret), passphrase, 4)),
  nsecs: asked.secrets.map(({ secret }) => [nip19.nsecEncode(bytes(secret)), getPublicKey(bytes(secret))]),
  keys: asked.words.map(({ words, passphrase, account }) =>
    hex(nip06.privateKeyFromSeedWords(words, passphrase, account)),
  ),
  drawn: Array.from({ length: 8 }, () => {
    const words = nip06.generateSeedWords()
    return [words, hex(nip06.privateKeyFromSeedWords(words))]
  }),
}

process.stdout.write(JSON.stringify(answers))
