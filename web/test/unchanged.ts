/** Files that share one world leave it as they found it. */

import { afterAll, expect } from 'vitest'

const before = names()

function names(): string[] {
  return Object.getOwnPropertyNames(globalThis).sort()
}

afterAll(() => expect(names()).toEqual(before))
