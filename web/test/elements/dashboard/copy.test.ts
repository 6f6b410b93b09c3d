import { afterEach, expect, test, vi } from 'vitest'
import { CopyButton } from '../../../src/elements/dashboard/copy.ts'
import { define } from '../../../src/elements/define.ts'
import { wordsOf } from './markup.ts'

define('peerset-dashboard-copy', CopyButton)

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function buttonFor(text: CopyButton['text'], clipboard: object | undefined): CopyButton {
  vi.useFakeTimers()
  vi.stubGlobal('navigator', { clipboard })
  const button = new CopyButton()
  button.text = text
  button.label = 'the root'
  return button
}

test('a text is copied, and the button says so for a while', async () => {
  const copied: string[] = []
  const button = buttonFor(() => 'asked late', { writeText: async (text: string) => copied.push(text) })
  expect(wordsOf(button.render())).toBe('Copy the root')
  await button.copy()
  expect(copied).toEqual(['asked late'])
  expect(wordsOf(button.render())).toBe('Copied the root Copied')
  vi.runAllTimers()
  expect(button.said).toBe('')
})

test('a page that may not copy says so', async () => {
  const button = buttonFor('text', undefined)
  await button.copy()
  expect(button.said).toBe('Not allowed here')
})
