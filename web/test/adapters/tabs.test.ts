import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { beforeSleep, hasTabs, openLine, takeSeat } from '../../src/adapters/tabs.ts'
import { Locks } from '../locks.ts'

beforeEach(() => void vi.stubGlobal('navigator', { locks: new Locks() }))

afterEach(() => {
  vi.unstubAllGlobals()
})

test('a seat is had by one at a time, and by who waits once it is left', async () => {
  const first = await takeSeat('a', { how: 'free' })
  expect(first).not.toBeNull()
  expect(await takeSeat('a', { how: 'free' })).toBeNull()
  expect(await takeSeat('b', { how: 'free' })).not.toBeNull()
  const waiting = takeSeat('a', { how: 'wait' })
  first?.leave()
  const second = await waiting
  expect(second).not.toBeNull()
  expect(await takeSeat('a', { how: 'free' })).toBeNull()
})

test('who waits no longer gets no seat', async () => {
  const ending = new AbortController()
  const first = await takeSeat('a', { how: 'free' })
  const waiting = takeSeat('a', { how: 'wait', signal: ending.signal })
  ending.abort()
  expect(await waiting).toBeNull()
  first?.leave()
  await expect.poll(async () => await takeSeat('a', { how: 'free' })).not.toBeNull()
})

test('a seat that is taken by force is lost, and who lost it is told', async () => {
  const told: string[] = []
  const first = await takeSeat('a', { how: 'free', onLost: () => told.push('first') })
  const second = await takeSeat('a', { how: 'force', onLost: () => told.push('second') })
  await expect.poll(() => told).toEqual(['first'])
  first?.leave()
  expect(await takeSeat('a', { how: 'free' })).toBeNull()
  second?.leave()
  await expect.poll(async () => await takeSeat('a', { how: 'free' })).not.toBeNull()
  expect(told).toEqual(['first'])
})

test('everybody else on a line hears what is said, until it is closed', async () => {
  const heard: unknown[] = []
  const [one, other] = [openLine('a', word => heard.push(word)), openLine('a', word => heard.push(word))]
  const elsewhere = openLine('b', word => heard.push(word))
  one.say({ number: 1, bytes: new Uint8Array([1, 2]) })
  await expect.poll(() => heard).toEqual([{ number: 1, bytes: new Uint8Array([1, 2]) }])
  other.close()
  one.say('late')
  elsewhere.close()
  one.close()
  expect(heard.length).toBe(1)
})

test('there are no tabs where the browser has no locks or no channels, or refuses them', async () => {
  expect(await hasTabs()).toBe(true)
  const query = () => Promise.reject(new DOMException('no', 'SecurityError'))
  vi.stubGlobal('navigator', { locks: { query } })
  expect(await hasTabs()).toBe(false)
  vi.stubGlobal('navigator', {})
  expect(await hasTabs()).toBe(false)
  vi.stubGlobal('navigator', { locks: new Locks() })
  vi.stubGlobal('BroadcastChannel', undefined)
  expect(await hasTabs()).toBe(false)
})

test('a tab that is about to be frozen or kept for the way back is told', () => {
  const page = new EventTarget()
  const [document, told] = [new EventTarget(), [] as string[]]
  vi.stubGlobal('document', document)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  const stop = beforeSleep(() => told.push('sleep'))
  const hide = (persisted: boolean) => page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted }))
  document.dispatchEvent(new Event('freeze'))
  hide(false)
  hide(true)
  expect(told).toEqual(['sleep', 'sleep'])
  stop()
  hide(true)
  expect(told.length).toBe(2)
})
