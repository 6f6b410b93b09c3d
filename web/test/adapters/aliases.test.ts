import { expect, test } from 'vitest'
import { Aliases } from '../../src/adapters/aliases.ts'
import { ID_LENGTH, type PeerId } from '../../src/core/signal.ts'

const KEYS = [new Uint8Array(32), new Uint8Array(32).fill(1)]
const PEERS = Array.from({ length: 300 }, (_, number) => `${number}`.padStart(ID_LENGTH, 'Zz') as PeerId)

test('who knows the key finds whose an alias is, and no alias is that of another key', () => {
  const found = KEYS.flatMap(key => PEERS.map(peer => new Aliases(key).of(peer)))
  expect(new Set(found).size).toBe(2 * PEERS.length)
  expect(
    found.map((alias, number) => new Aliases(KEYS[number < PEERS.length ? 0 : 1] as Uint8Array).peer(alias)),
  ).toEqual([...PEERS, ...PEERS])
})

test.each(['', '0'.repeat(19), '0'.repeat(21), `${'0'.repeat(19)}-`, `${'0'.repeat(20)}\n`, '\u0663'.repeat(20)])(
  'what is no id is the alias of nobody: %j',
  text => {
    expect(new Aliases(KEYS[0] as Uint8Array).peer(text)).toBeNull()
  },
)
