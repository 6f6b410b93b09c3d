import { expect, test, vi } from 'vitest'
import { ConfigError, RoomClosedError } from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { Audience, call } from '../../src/room/audience.ts'

const EVENT: RoomEvent = { type: 'StorageFailed', reason: 'full' }

test('all who listen are told until they stop, one function twice too', () => {
  const audience = new Audience()
  const told: string[] = []
  const listener = (event: RoomEvent) => told.push(event.type)
  const stops = [audience.on(listener), audience.on(listener)]
  audience.take(EVENT)
  stops[0]?.()
  audience.take(EVENT)
  expect(told).toHaveLength(3)
  audience.end(null)
  audience.take(EVENT)
  expect(told).toHaveLength(3)
})

test('streams end with the room, or fail with it, and are let go before', async () => {
  for (const error of [null, new RoomClosedError('broken')]) {
    const audience = new Audience()
    const stops: string[] = []
    const [first, second] = ['first', 'second'].map(name => audience.feed<string>(() => () => stops.push(name)))
    first?.close()
    expect(stops).toEqual(['first'])
    audience.end(error)
    expect(stops).toEqual(['first', 'second'])
    if (error === null) expect((await second?.next())?.done).toBe(true)
    else await expect(second?.next()).rejects.toThrow('broken')
  }
})

test('what is kept stops once, by whoever asks or with the room', () => {
  const audience = new Audience()
  const stop = vi.fn()
  audience.keep(stop)()
  audience.keep(stop)
  audience.end(null)
  audience.end(null)
  expect(stop).toHaveBeenCalledTimes(2)
})

test.each([null, undefined, 'listener', {}])('%j cannot be called', listener => {
  expect(() => new Audience().on(listener as never)).toThrow(ConfigError)
  expect(() => call(listener as never)).toThrow('cannot be called')
})
