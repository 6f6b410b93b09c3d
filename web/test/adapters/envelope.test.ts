/** Descriptions sealed as Trystero seals them, compared with what it sealed. */
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/trystero.json'
import { Envelope } from '../../src/adapters/envelope.ts'

const LOBBY = { app: 'peerset', room: 'lobby' }

test.each(vectors.encrypted)(
  'what Trystero sealed is opened: $name',
  async ({ appId, roomId, password, ...sealed }) => {
    const envelope = new Envelope({ app: appId, room: roomId }, password)
    expect(await envelope.open(sealed.wire)).toBe(sealed.plaintext)
    const again = await envelope.seal(sealed.plaintext)
    expect(again).not.toBe(sealed.wire)
    expect(await envelope.open(again)).toBe(sealed.plaintext)
  },
)

test('what was sealed under another password, or is no sealed text, is not opened', async () => {
  const envelope = new Envelope(LOBBY, 'one')
  const sealed = await new Envelope(LOBBY, 'other').seal('a description')
  for (const text of [sealed, '', '1,2$AAAA', `${'1,'.repeat(15)}1$A`, `${'1,'.repeat(15)}1$`]) {
    expect(await envelope.open(text)).toBe(null)
  }
})
