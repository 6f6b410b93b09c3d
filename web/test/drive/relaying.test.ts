/** The worker's half of files: pages are asked, one brings what is asked for, and another goes on when that is closed. */
import { expect, test } from 'vitest'
import type { Ask, Errand, Told } from '../../src/drive/errands.ts'
import { type Asking, attend, type Fetched, type Messaged, type Scope } from '../../src/drive/relaying.ts'

const SCOPE = 'https://a.example/'
const WHOLE = Uint8Array.from({ length: 1_000 }, (_, at) => at & 255)

/** A page that has one file; it is closed after *parts* of it. */
class Window implements Asking {
  declare readonly id: string
  declare readonly told: Told | null
  declare readonly parts: number
  declare readonly gone: () => void
  #at = 0

  constructor(id: string, told: Told | null, parts = Number.POSITIVE_INFINITY, gone: () => void = () => {}) {
    Object.assign(this, { id, told, parts, gone })
  }

  postMessage(_: Errand, [port]: readonly MessagePort[]): void {
    let left = this.parts
    const tell = (told: Told) => port?.postMessage(told)
    if (port === undefined || this.told === null) return
    port.onmessage = ({ data }: MessageEvent<Ask>) => {
      if (data.type === 'stop') return void port.close()
      if (data.type === 'open') this.#at = data.start
      else if (left === 0) this.gone()
      else {
        tell({ type: 'part', data: WHOLE.slice(this.#at, this.#at + 100) })
        this.#at += 100
        left -= 1
      }
    }
    tell(this.told)
  }
}

class Origin implements Scope {
  readonly registration = { scope: SCOPE }
  readonly windows = new Map<string, Window>()
  claims = 0
  readonly clients = {
    get: async (id: string) => this.windows.get(id),
    matchAll: async () => [...this.windows.values()],
    claim: async () => void this.claims++,
  }
  readonly #listeners = new Map<string, (event: never) => void>()

  constructor(patience = { found: 200, else: 200, look: 20 }) {
    attend(this, patience)
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener)
  }

  add(window: Window): void {
    this.windows.set(window.id, window)
  }

  offer(window: Window): void {
    this.add(window)
    const event: Messaged = { data: { type: 'peerset-files', name: 'site' }, source: window, waitUntil: () => {} }
    this.#listeners.get('message')?.(event as never)
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response | null> {
    let found: Promise<Response> | null = null
    const request = new Request(new URL(path, SCOPE), init)
    const event: Fetched = {
      request: request as Fetched['request'],
      respondWith: response => {
        found = response
      },
      waitUntil: () => {},
    }
    this.#listeners.get('fetch')?.(event as never)
    return await (found as Promise<Response> | null)
  }
}

const FOUND: Told = { type: 'found', size: 1_000, media: 'image/png', tag: 'root' }

test('what is no file is left alone, and a file is brought by the page that has it', async () => {
  const origin = new Origin()
  origin.add(new Window('other', null))
  origin.add(new Window('one', FOUND))
  expect(await origin.fetch('index.html')).toBeNull()
  const response = await origin.fetch('peerset-files/site/a')
  expect([response?.status, response?.headers.get('content-type')]).toEqual([200, 'image/png'])
  expect(new Uint8Array((await response?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(WHOLE)
  const part = await origin.fetch('peerset-files/site/a', { headers: { range: 'bytes=150-349' } })
  expect([part?.status, new Uint8Array((await part?.arrayBuffer()) ?? new ArrayBuffer())]).toEqual([
    206,
    WHOLE.slice(150, 350),
  ])
  const head = await origin.fetch('peerset-files/site/a', { method: 'HEAD' })
  expect([head?.headers.get('content-length'), await head?.text()]).toEqual(['1000', ''])
})

test('a page that is closed meanwhile is followed by another with the same bytes, and by no other', async () => {
  const origin = new Origin()
  const close = (id: string) => () => void origin.windows.delete(id)
  origin.add(new Window('one', FOUND, 3, close('one')))
  const response = await origin.fetch('peerset-files/site/a')
  origin.add(new Window('two', FOUND, 2, close('two')))
  const body = response?.body?.getReader()
  for (let at = 0; at < 500; at += 100) expect((await body?.read())?.value?.[0]).toBe(at & 255)
  origin.add(new Window('three', { ...FOUND, tag: 'another' }))
  await expect(body?.read()).rejects.toThrow('its page is gone')
})

test('a page that comes later is asked what is still wanted', async () => {
  const origin = new Origin({ found: 60_000, else: 60_000, look: 20 })
  const coming = origin.fetch('peerset-files/site/a')
  await new Promise(done => setTimeout(done))
  origin.offer(new Window('one', FOUND))
  expect([(await coming)?.status, origin.claims]).toEqual([200, 1])
})

test('what cannot be answered is said with a status and a word', async () => {
  const origin = new Origin()
  const said = async (path: string, init?: RequestInit) => {
    const response = await origin.fetch(`peerset-files/${path}`, init)
    return [response?.status, (await response?.text())?.trim()]
  }
  expect(await said('site/a')).toEqual([503, 'no page of this site that is open gives out these files'])
  expect(await said('site/a%2F..')).toEqual([400, 'this address names no file'])
  expect(await said('site/a', { method: 'POST', body: 'x' })).toEqual([405, 'files are read here, not written'])
  origin.add(new Window('one', { type: 'none' }))
  expect(await said('site/a')).toEqual([404, 'there is no such file'])
  origin.windows.clear()
  origin.add(new Window('one', { type: 'failed', reason: 'the room was left' }))
  expect(await said('site/a')).toEqual([502, 'the room was left'])
})

test('who wants no more is believed', async () => {
  const origin = new Origin()
  origin.add(new Window('one', FOUND))
  const response = await origin.fetch('peerset-files/site/a')
  const reader = response?.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  expect((await reader?.read())?.done).toBe(true)
})

test('one that has a file wins over others that have not, whoever says so first', async () => {
  const origin = new Origin({ found: 60_000, else: 60_000, look: 20 })
  const late = new (class extends Window {
    override postMessage(errand: Errand, ports: readonly MessagePort[]): void {
      setTimeout(() => super.postMessage(errand, ports), 20)
    }
  })('late', FOUND)
  origin.add(new Window('none', { type: 'none' }))
  origin.add(new Window('failed', { type: 'failed', reason: 'the room was left' }))
  expect((await origin.fetch('peerset-files/site/a'))?.status).toBe(502)
  origin.add(late)
  const response = await origin.fetch('peerset-files/site/a')
  expect([response?.status, (await response?.arrayBuffer())?.byteLength]).toEqual([200, 1_000])
})
