import { afterEach, expect, test, vi } from 'vitest'
import { takeInvitation } from '../../src/room/invited.ts'

afterEach(() => vi.unstubAllGlobals())

function openedAt(url: string): ReturnType<typeof vi.fn> {
  const replaceState = vi.fn()
  vi.stubGlobal('location', new URL(url))
  vi.stubGlobal('history', { state: { page: 1 }, replaceState })
  return replaceState
}

test('an invitation is given and taken out of the address bar', () => {
  const link = 'https://chat.example/room?lang=de#peerset:peerset/lobby?password=secret'
  const replaceState = openedAt(link)
  expect(takeInvitation()).toBe(link)
  expect(replaceState.mock.calls).toEqual([[{ page: 1 }, '', '/room?lang=de']])
})

test.each(['', '#', '#top', '#x=peerset:peerset/lobby', '#nostr:note1'])('%s is none, and stays', hash => {
  const replaceState = openedAt(`https://chat.example/${hash}`)
  expect(takeInvitation()).toBe(null)
  expect(replaceState).not.toHaveBeenCalled()
})
