/** The page of `files.test.ts`: a visitor in a room, and in the same page a friend whose files are shown. */

import type { ServedFiles, ServeOptions } from '../../src/drive/serving.ts'
import { join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const swarm = new MemorySwarm()
let served: ServedFiles | null = null

/** Bytes that are told apart by where they are. */
function bytes(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, at) => (at + (at >> 8)) & 255)
}

/** A tone of so many seconds, as a file that browsers play: WAVE, 8,000 bytes a second. */
function tone(seconds: number): Uint8Array<ArrayBuffer> {
  const size = 8_000 * seconds
  const data = new Uint8Array(44 + size).map((_, at) => (at & 16 ? 96 : 160))
  const view = new DataView(data.buffer)
  for (const [at, word] of [
    [0, 'RIFF'],
    [8, 'WAVE'],
    [12, 'fmt '],
    [36, 'data'],
  ] as const)
    data.set(new TextEncoder().encode(word), at)
  for (const [at, number] of [
    [4, 36 + size],
    [16, 16],
    [24, 8_000],
    [28, 8_000],
    [40, size],
  ] as const)
    view.setUint32(at, number, true)
  // Plain samples of one channel, a byte each.
  for (const [at, number] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const)
    view.setUint16(at, number, true)
  return data
}

const commands = {
  /** Have the friend put files into the room, and the visitor give them out; say why not by a worker, if not. */
  async begin({ files: given, ...options }: Beginning): Promise<string | null> {
    const enter = () => join('lobby', { store: 'memory', transport: swarm.transport(), files: {} })
    const [friend, visitor] = [await enter(), await enter()]
    const ours = await friend.files('site')
    for (const { path, type, text, size = 0, seconds } of given) {
      await ours.put(path, text ?? (seconds === undefined ? bytes(size) : tone(seconds)), { type })
    }
    const theirs = await visitor.files('site', { author: friend.key })
    while ((await theirs.list()).length < given.length) await new Promise(done => setTimeout(done, 10))
    served = await theirs.serve(options)
    return served.reason
  },

  /** Give the address of a file. */
  async url(path: string): Promise<string | null> {
    return (await served?.url(path)) ?? null
  },

  /** Fetch *url*; give what came. */
  async get({ url, range }: { url: string; range?: string }): Promise<Got> {
    const response = await fetch(url, { headers: range === undefined ? {} : { range } })
    const body = new Uint8Array(await response.arrayBuffer())
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: [...body.slice(0, 4)],
      size: body.length,
    }
  },

  /** Show the image at *url*; give how wide it is, 0 when it is none. */
  async draw(url: string): Promise<number> {
    const image = new Image()
    const shown = new Promise<number>(resolve => {
      image.onload = () => resolve(image.naturalWidth)
      image.onerror = () => resolve(0)
    })
    image.src = url
    document.body.append(image)
    return await shown
  },

  /** Open *url* in a video, and go to a time of it; give how long it is, and where it is then. */
  async play({ url, at }: { url: string; at: number }): Promise<{ duration: number; at: number }> {
    const video = document.createElement('video')
    const until = (event: string) =>
      new Promise((resolve, reject) => {
        video.addEventListener(event, resolve, { once: true })
        video.addEventListener('error', () => reject(new Error(video.error?.message ?? 'it does not play')))
      })
    const known = until('loadedmetadata')
    video.src = url
    document.body.append(video)
    await known
    const there = until('seeked')
    video.currentTime = at
    await there
    return { duration: video.duration, at: video.currentTime }
  },

  /** Give nothing out any more. */
  close(): void {
    served?.close()
  },
}

/** What a room begins with. */
interface Beginning extends Omit<ServeOptions, 'worker'> {
  readonly worker?: string | null
  readonly files: readonly { path: string; type: string; text?: string; size?: number; seconds?: number }[]
}

/** What was fetched; of the body the first four bytes. */
interface Got {
  readonly status: number
  readonly type: string | null
  readonly body: readonly number[]
  readonly size: number
}

Object.assign(globalThis, { commands })

export type Commands = typeof commands
