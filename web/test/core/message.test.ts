import { expect, test } from 'vitest'
import { isLive, isSync } from '../../src/core/message.ts'
import { EXAMPLES } from '../protocol/messages.ts'

test('every message but records belongs to at most one family', () => {
  const messages = Object.values(EXAMPLES)
  const types = messages.filter(isSync).map(message => message.type)
  expect(types.toSorted()).toEqual(['Credit', 'Days', 'Fin', 'Lacking', 'More', 'Ranges', 'Root', 'Sketch', 'Want'])
  expect(messages.filter(isLive).map(message => message.type)).toEqual(['Announce', 'Pull', 'Fetch'])
  expect(messages.filter(message => isSync(message) && isLive(message))).toEqual([])
})
