/** Collections in which whoever carries a grant speaks for who gave it: one person's devices. */
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { SecretKey } from '../../src/core/keys.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

/** In the open, and sealed. */
const SEALS = [undefined, vectors.secrets[0]?.text]
const [ME, PHONE] = [1, 2].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]

async function devices(seal?: string) {
  const swarm = new MemorySwarm()
  const own = () => ({ store: 'memory', transport: swarm.transport(), seal }) as const
  const enter = (options: JoinOptions) => join('lobby', { ...own(), ...options })
  const me = await enter({ key: ME })
  const grants = await me.grant(PHONE.publicKey, {
    ...(seal === undefined && { collections: 'diary' }),
    onBehalf: true,
  })
  return [me, await enter({ key: PHONE, grants })] as const
}

test.each(SEALS)('two devices write one register, and everybody sees one author', async seal => {
  const rooms = await devices(seal)
  const [mine, phones] = await Promise.all(rooms.map(room => room.collection<string>('diary', { onBehalf: true })))
  if (mine === undefined || phones === undefined) throw new Error('two were declared')
  const query = await mine.watch('monday')
  await mine.put('monday', 'mine')
  await expect.poll(() => rooms.map(({ count }) => count)).toEqual([1, 1])
  const doc = await phones.update('monday', value => `${value}, seen`)
  expect([doc.author, doc.signer]).toEqual([ME.publicKey, PHONE.publicKey])
  await expect.poll(() => query.docs.map(({ value }) => value)).toEqual(['mine, seen'])
  expect((await mine.heads('monday')).length).toBe(1)
  expect((await phones.history('monday')).map(({ signer }) => signer)).toEqual([PHONE.publicKey, ME.publicKey])
  expect(await mine.count({ author: ME.publicKey })).toBe(1)
  const note = await phones.add('a note')
  await expect.poll(() => mine.count()).toBe(2)
  await expect(mine.remove(note.id)).rejects.toThrow('only who signed it can delete it')
  expect(await mine.erase('monday')).toBe(1)
  await Promise.all(rooms.map(room => room.leave()))
})

test('elsewhere the same grant changes nothing, and is not even carried', async () => {
  const [, phone] = await devices()
  const doc = await (await phone.collection('plain')).put('k', 1)
  expect([doc.author, doc.record.tags.some(([name]) => name === 'grant')]).toEqual([PHONE.publicKey, false])
  await expect(phone.collection('plain', { onBehalf: true })).rejects.toThrow('another schema or other indexes')
  await expect(phone.collection('diary', { onBehalf: 1 as never })).rejects.toThrow('onBehalf is true or false')
})
