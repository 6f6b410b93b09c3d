/** What an event decides of what neighbours were asked for. */
import { expect, test } from 'vitest'
import type { RecordId } from '../../src/core/record.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { decided } from '../../src/room/decided.ts'

const [ONE, TWO] = ['01', '02'] as [RecordId, RecordId]

test.each([
  [{ type: 'RecordAdded', record: { id: ONE } }, [ONE]],
  [{ type: 'RecordRejected', id: ONE }, [ONE]],
  [{ type: 'RecordDeleted', id: ONE }, [ONE]],
  [{ type: 'FetchFailed', ids: [ONE, TWO] }, [ONE, TWO]],
  [{ type: 'SaveDelayed', ids: [TWO] }, [TWO]],
  [{ type: 'PeerJoined' }, []],
])('%j decides %j', (event, ids) => {
  expect(decided(event as unknown as RoomEvent)).toEqual(ids)
})
