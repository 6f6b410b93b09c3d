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

const commands = {
  /** Have the friend put files into the room, and the visitor give them out; say why not by a worker, if not. */
  async begin({ files: given, ...options }: Beginning): Promise<string | null> {
    const enter = () => join('lobby', { store: 'memory', transport: swarm.transport(), files: {} })
    const [friend, visitor] = [await enter(), await enter()]
    const ours = await friend.files('site')
    for (const { path, type, text, size = 0 } of given) {
      await ours.put(path, text ?? bytes(size), { type })
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

  /** Give nothing out any more. */
  close(): void {
    served?.close()
  },
}

/** What a room begins with. */
interface Beginning extends Omit<ServeOptions, 'worker'> {
  readonly worker?: string | null
  readonly files: readonly { path: string; type: string; text?: string; size?: number }[]
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
