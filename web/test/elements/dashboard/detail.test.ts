import { expect, test } from 'vitest'
import { recordOf } from '../../../src/core/record.ts'
import { Detail } from '../../../src/elements/dashboard/detail.ts'
import { define } from '../../../src/elements/define.ts'
import { written } from './lobby.ts'
import { markupOf, wordsOf } from './markup.ts'

define('peerset-dashboard-detail', Detail)

test('a record is shown whole, as the event that it is', () => {
  const detail = new Detail()
  expect(detail.render()).toBeNull()
  const record = written('whole <b>text</b>')
  detail.record = record
  expect(wordsOf(detail.render())).toContain(record.id)
  const [, json = ''] = /aria-label="The NIP-01 event">([\s\S]*)<\/pre>/.exec(markupOf(detail.render())) ?? []
  expect(recordOf(JSON.parse(json))).toEqual(record)
})
