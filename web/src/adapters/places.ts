/** Where the peers of a room are met, as people say it: "nostr:wss://relay.example" (docs/signaling.md). */

import { SIGNALING_PLACES_MAX } from '../core/limits.ts'
import { several, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'

/** How peers are met, and where. */
export interface Place {
  readonly strategy: Strategy
  readonly url: string
}

/** A way to meet that works in pages. */
export type Strategy = (typeof STRATEGIES)[number]

const STRATEGIES = ['torrent', 'nostr', 'mqtt', 'relay'] as const

/** What a page asks when nothing is said. */
const USUAL: Strategy = 'torrent'

const SPEC = /^([a-z][a-z0-9-]{0,31})(?::(.*))?$/s

/**
 * Read where to meet: texts such as "nostr:wss://relay.example", or one; each in full. Undefined when nothing is said.
 *
 * Throws ConfigError for what names no strategy that works in pages, or no address, and for too many.
 */
export function readSignaling(given: unknown): readonly string[] | undefined {
  if (given == null) return undefined
  const specs = new Set(several(given).map(each => textOf(readSpec(each))))
  if (specs.size > SIGNALING_PLACES_MAX)
    throw new ConfigError(`${specs.size} ways to meet are given, at most ${SIGNALING_PLACES_MAX} are used`)
  for (const spec of specs) {
    const [, name = '', place] = SPEC.exec(spec) ?? []
    if (place !== '' || [...specs].filter(each => each.startsWith(spec)).length === 1) continue
    throw new ConfigError(`"${spec}" means the default places of ${name}: name it alone, or each place`)
  }
  return [...specs]
}

/** Give the places that *specs* name, as `readSignaling` gave them; of a strategy without an address, its *usual* ones. */
export function placesOf(
  specs: readonly string[] = [`${USUAL}:`],
  usual: (strategy: Strategy) => readonly string[],
): Place[] {
  return specs.map(readSpec).flatMap(({ strategy, url }) => {
    const urls = url === '' ? usual(strategy) : [url]
    return urls.map(each => ({ strategy, url: each }))
  })
}

/** Name the strategies of *specs*, each once. */
export function strategiesOf(specs: readonly string[] = [`${USUAL}:`]): Strategy[] {
  return [...new Set(specs.map(spec => readSpec(spec).strategy))]
}

function textOf({ strategy, url }: Place): string {
  return `${strategy}:${url}`
}

function readSpec(given: unknown): Place {
  const text = typeof given === 'string' ? given : ''
  if (isAddress(text)) return { strategy: USUAL, url: text }
  const [whole, name = '', url = ''] = SPEC.exec(text) ?? []
  if (whole === undefined || /^(https?|wss?)$/.test(name)) {
    throw new ConfigError(
      `${shown(given)} does not say how to meet: write "strategy:place", for example "nostr:wss://relay.example", or the ` +
        'address of a tracker, such as "wss://tracker.example"',
    )
  }
  const strategy = STRATEGIES.find(each => each === name)
  if (strategy === undefined) {
    throw new ConfigError(`there is no signaling strategy "${name}" in a page; there are: ${STRATEGIES.join(', ')}`)
  }
  if (isAddress(url) || (url === '' && strategy !== 'relay')) return { strategy, url }
  throw new ConfigError(
    `the place ${shown(url)} of ${name} is not an address like wss://${name}.example or ws://host:8000`,
  )
}

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol)
}
