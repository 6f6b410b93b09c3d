/** What asks for content asks those that it is told of, in their order; `fetching.test.ts` plays the rest. */
import { expect, test } from 'vitest'
import type { Monotonic, UnixTime } from '../../src/core/clock.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Wanting } from '../../src/protocol/wanting.ts'

const NOW = { monotonic: 0 as Monotonic, unix: 1_790_000_000 as UnixTime }
const ID = 'ab'.repeat(32) as RecordId

test('who came later is asked as well, and nobody at all means that it failed', () => {
  const able = new Map<PeerId, null>()
  const wanting = new Wanting(able)
  expect(wanting.want([[7, ID]], NOW)).toEqual([{ type: 'Emit', event: { type: 'FetchFailed', ids: [ID] } }])
  able.set('one' as PeerId, null)
  const message = { type: 'Fetch', createdAt: 7, prefixes: [ID.slice(0, 16)] }
  expect(wanting.want([[7, ID]], NOW)).toEqual([{ type: 'Send', peer: 'one', message }])
})
