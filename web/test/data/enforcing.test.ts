import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/enforced.json'
import { recordOf } from '../../src/core/record.ts'
import { manifestId } from '../../src/core/rules.ts'
import { PolicyClass } from '../../src/core/verdict.ts'
import { ConfigError, RejectedError } from '../../src/errors.ts'
import { enforce } from '../../src/room/database.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const PLACE = {
  type: 'object',
  properties: { title: { type: 'string' }, stars: { type: 'number', maximum: 5 } },
  required: ['title'],
}

test('what does not fit is refused as in Python, and all else is let in', async () => {
  const records = vectors.events.map(event => recordOf(event))
  for (const { models, accepted, ...said } of vectors.policies) {
    const policy = await enforce(models)
    const { parameters, hashes } = policy.manifest
    expect({ parameters, hashes, id: manifestId(policy.manifest) }).toEqual(said)
    expect(policy.policyClass).toBe(PolicyClass.ADMISSION)
    const verdicts = await policy.judge(records)
    expect(verdicts.flatMap(({ type }, at) => (type === 'Accept' ? [at] : []))).toEqual(accepted)
  }
})

test('a room refuses what does not fit, with the reason', async () => {
  const transport = new MemorySwarm().transport()
  const room = await join('lobby', { store: 'memory', transport, policies: [await enforce({ places: PLACE })] })
  const places = await room.collection('places')
  await expect(places.add({ title: 't', stars: 9 })).rejects.toThrow(RejectedError)
  await expect(places.add({ stars: 1 })).rejects.toThrow('it does not fit "places": ')
  await places.add({ title: 't' })
  await room.publish(JSON.stringify({ title: 5 }), { collection: 'others' })
  expect(room.count).toBe(2)
  await room.leave()
})

test.each([{}, [], null, { 'Bad Name': PLACE }, { a: null }, { a: 5 }, { a: { $ref: 'x' } }])(
  'what cannot be enforced is refused (%j)',
  async given => {
    await expect(enforce(given as never)).rejects.toThrow(ConfigError)
  },
)
