import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import { Index } from '../../src/core/merkle.ts'
import { seededRng } from '../seeded.ts'
import { FIRST_DAY, plainRoot, rootOf, START, UPTO } from './digested.ts'
import { below, Model, pick, randomId } from './entries.ts'

test('days that come, change and go give the tree anew', () => {
  const rng = seededRng('days')
  const [index, model] = [new Index(), new Model()]
  for (let step = 0; step < 60; step += 1) {
    if (model.size > 0 && below(rng, 10) < 4) {
      const gone = pick(rng, model.sorted)
      index.discard(...gone)
      model.remove(gone)
    } else {
      const fresh: Entry = [START + below(rng, 5) * DAY_SECONDS, randomId(rng)]
      index.add(...fresh)
      model.add(fresh)
    }
    expect(rootOf(index)).toEqual(plainRoot(model.sorted, FIRST_DAY, UPTO))
  }
})
