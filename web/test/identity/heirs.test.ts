import { expect, test } from 'vitest'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { ConfigError } from '../../src/errors.ts'
import { nameHeir } from '../../src/identity/signers.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const [OLD, HEIR, THIRD, OTHER] = [1, 2, 3, 4].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [
  SecretKey,
  SecretKey,
  SecretKey,
  SecretKey,
]

test('an heir writes on in the registers of the old key, and everybody sees one author', async () => {
  const swarm = new MemorySwarm()
  const enter = (key: SecretKey, grants: readonly string[] = []) =>
    join('lobby', { store: 'memory', transport: swarm.transport(), key, grants })
  const grants = [await nameHeir(HEIR, THIRD.publicKey), await nameHeir(OLD.toNsec(), npub(HEIR.publicKey))]
  const other = await enter(OTHER)
  const old = await enter(OLD)
  await (await old.collection<number>('diary', { onBehalf: true })).put('monday', 1)
  await expect.poll(() => other.count).toBe(1)
  await old.leave()
  const third = await enter(THIRD, grants)
  await expect.poll(() => third.count).toBe(1)
  const diary = await third.collection<number>('diary', { onBehalf: true })
  const doc = await diary.update('monday', value => (value ?? 0) + 1)
  expect([doc?.author, doc?.signer, doc?.value]).toEqual([OLD.publicKey, THIRD.publicKey, 2])
  await expect.poll(() => other.count).toBe(2)
  const theirs = await other.collection<number>('diary', { onBehalf: true })
  expect((await theirs.find({ author: OLD.publicKey })).docs.map(({ value }) => value)).toEqual([2])
  expect(await theirs.count({ author: THIRD.publicKey })).toBe(0)
  await Promise.all([third.leave(), other.leave()])
}, 30_000)

test('who is no heir is told', async () => {
  const token = await nameHeir(OLD, HEIR.publicKey)
  for (const [text, says] of [
    [token, 'but you write as'],
    [`${token.slice(0, -8)}AAAAAAAA`, 'did not sign'],
    ['heir1', '187 characters'],
  ] as const) {
    const transport = new MemorySwarm().transport()
    const joining = join('lobby', { store: 'memory', transport, key: OTHER, grants: [text] })
    await expect(joining).rejects.toThrow(ConfigError)
    await expect(joining).rejects.toThrow(says)
  }
  await expect(nameHeir(OLD, OLD.publicKey)).rejects.toThrow(ConfigError)
  await expect(nameHeir(OLD, 'nobody')).rejects.toThrow(ConfigError)
})
