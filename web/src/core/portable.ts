/**
 * Which policies an address may name: those whose spec alone says what they do (docs/addresses.md, "Rules").
 *
 * Whoever opens an address runs what it names, so that no program is named in one, no file of the reader's, and no policy
 * that others have installed.
 */

import { ConfigError } from '../errors.ts'

/** The parameters of each that may stand in an address. */
export const PORTABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['age', ['earliest', 'latest']],
  ['authors', ['allow', 'collections', 'deny']],
  ['budget', ['author', 'deletions', 'room']],
  ['duplicates', ['least', 'per']],
  ['freshness', ['maximum', 'minimum']],
  ['geo', ['east', 'latitude', 'longitude', 'missing', 'north', 'south', 'west']],
  ['kinds', ['allow', 'deny']],
  ['language', ['allow', 'least']],
  ['links', ['allow', 'fields']],
  ['moderators', ['keys', 'mutual']],
  ['near-duplicates', ['distance', 'least', 'remembered']],
  ['pins', ['allow']],
  ['quota', ['newest', 'per']],
  ['rate', ['author', 'session']],
  ['revoked', ['owners']],
  ['schema', ['bytes', 'collection', 'geo', 'kind', 'link', 'others', 'tag', 'tags', 'text']],
  ['words', ['languages']],
  ['work', ['bits']],
  ['writers', ['collections', 'owners']],
])

/** Those that look at nothing which a sealed room hides: they alone mean the same to who has no secret of it. */
export const OF_ENVELOPES: ReadonlySet<string> = new Set(['age', 'authors', 'kinds', 'pins', 'work', 'writers'])

/** Say whether the policy *spec* is the same rule for who reads a sealed room and for who does not. */
export function isOfEnvelopes(spec: string): boolean {
  return OF_ENVELOPES.has(spec.split(':', 1)[0] as string)
}

/** Make sure that an address may name the policy *spec*; throws a ConfigError that names the policy or the parameter. */
export function checkPortable(spec: string): void {
  const [name = '', ...rest] = spec.split(':')
  const known = PORTABLE.get(name)
  if (known === undefined) {
    const names = [...PORTABLE.keys()].join(', ')
    throw new ConfigError(`an address cannot name the policy '${name.slice(0, 64)}'; it can name: ${names}`)
  }
  for (const piece of rest.join(':').split(',')) {
    const [key = '', value] = piece.split('=')
    const isStrange = value !== undefined && !known.includes(key.trim())
    if (isStrange || piece.trimStart().startsWith('{')) {
      throw new ConfigError(`in an address the policy ${name} takes ${known.join(', ')}, not '${piece.slice(0, 64)}'`)
    }
  }
}
