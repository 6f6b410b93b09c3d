/**
 * What editors and catalogues are told of the elements: `custom-elements.json`, in the format of the Custom Elements
 * Manifest, read from the sources.
 *
 * The sources are in the formatter's one form, so lines are enough to read them by.
 */

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PropertyDeclaration } from 'lit'
import { PeersetDashboard, PeersetRoom, PeersetShare } from '../src/elements.ts'
import { ROOT } from './layout.ts'

/** Something with a name and, mostly, a sentence about it. */
export interface Entry {
  readonly name: string
  readonly description?: string
  readonly [more: string]: unknown
}

/** One element, as the manifest tells of it. */
export interface Declaration extends Entry {
  readonly tagName: string
  readonly attributes: readonly Entry[]
  readonly members: readonly Entry[]
  readonly events: readonly Entry[]
  readonly slots: readonly Entry[]
  readonly cssParts: readonly Entry[]
  readonly cssProperties: readonly Entry[]
}

type Properties = ReadonlyMap<PropertyKey, PropertyDeclaration>

const ELEMENTS = [
  {
    tagName: 'peerset-room',
    path: 'src/elements/room/element.ts',
    type: PeersetRoom,
    events: 'src/elements/room/events.ts',
  },
  { tagName: 'peerset-dashboard', path: 'src/elements/dashboard/element.ts', type: PeersetDashboard, events: null },
  { tagName: 'peerset-share', path: 'src/elements/share/element.ts', type: PeersetShare, events: null },
]

/** Describe every element. */
export function manifest(): object {
  const declarations = ELEMENTS.map(({ tagName, path, type, events }) =>
    declarationOf(tagName, { path, name: type.name, properties: type.elementProperties, events }),
  )
  const exports = declarations.flatMap(({ name, tagName }) => [
    { kind: 'js', name, declaration: { name } },
    { kind: 'custom-element-definition', name: tagName, declaration: { name } },
  ])
  return { schemaVersion: '2.1.0', modules: [{ kind: 'javascript-module', path: 'element.js', declarations, exports }] }
}

interface Source {
  readonly path: string
  readonly name: string
  readonly properties: Properties
  readonly events: string | null
}

function declarationOf(tagName: string, { path, name, properties, events }: Source): Declaration {
  const text = read(path)
  const members = membersOf(text)
  const parts = [path, ...shadowOf(path)].map(read).join('\n')
  const slots = [...new Set([...parts.matchAll(/<slot name="(\w+)"/g)].map(([, slot]) => slot ?? ''))]
  return {
    kind: 'class',
    customElement: true,
    tagName,
    name,
    description: sentences(
      text.slice(0, text.indexOf(`\nexport class ${name} `)).match(/\/\*\*(?:(?!\/\*\*)[\s\S])*$/)?.[0],
    ),
    superclass: { name: 'LitElement', package: 'lit' },
    attributes: attributesOf(properties, members),
    members,
    events: events === null ? [] : eventsOf(read(events)),
    slots: slots.sort().map(slot => ({ name: slot })),
    cssParts: partsOf(parts).map(part => ({ name: part })),
    cssProperties: cssPropertiesOf(read('src/elements/theme.ts')),
  }
}

function attributesOf(properties: Properties, members: readonly Entry[]): Entry[] {
  const found: Entry[] = []
  for (const [property, { attribute, state, reflect = false }] of properties) {
    if (attribute === false || state === true) continue
    const fieldName = String(property)
    const { description = '', type } = members.find(({ name }) => name === fieldName) ?? { name: '' }
    const name = typeof attribute === 'string' ? attribute : fieldName.toLowerCase()
    found.push({ name, fieldName, description, type, reflects: reflect })
  }
  return found
}

/** Read fields, getters and methods that are public, each with the comment above it. */
function membersOf(text: string): Entry[] {
  const member =
    /(?: {2}(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n)? {2}(?:declare (\w+): (.+)|get (\w+)\(\): (.+) \{|async (\w+)\((.*)\): (.+) \{)\n/g
  return [...text.matchAll(member)].map(([, comment, field, fieldType, getter, getterType, method, given, answer]) => {
    const description = sentences(comment)
    if (method !== undefined)
      return { kind: 'method', name: method, description, type: { text: `(${given}) => ${answer}` } }
    const type = { text: fieldType ?? getterType ?? '' }
    return {
      kind: 'field',
      name: field ?? getter ?? '',
      description,
      type,
      ...(getter !== undefined && { readonly: true }),
    }
  })
}

function eventsOf(text: string): Entry[] {
  const event = / {2}(\/\*\*.*\*\/)\n {2}'(peerset-[a-z]+)': (.+)\n/g
  return [...text.matchAll(event)].map(([, comment, name = '', detail]) => ({
    name,
    description: sentences(comment),
    type: { text: `CustomEvent<${detail}>` },
  }))
}

/** Read `part="a b ${maybe ? 'c' : ''}"`: the names outside of the braces, and those quoted inside. */
function partsOf(text: string): string[] {
  const found = [...text.matchAll(/\bpart="([^"]*)"/g)].flatMap(([, names = '']) => {
    const quoted = [...names.matchAll(/'([a-z-]+)'/g)].map(([, name = '']) => name)
    return [...names.replaceAll(/\$\{[^}]*\}/g, ' ').split(/\s+/), ...quoted]
  })
  return [...new Set(found.filter(name => name !== ''))].sort()
}

function cssPropertiesOf(text: string): Entry[] {
  return [...text.matchAll(/^ {4}(--peerset-[a-z-]+): (.+);$/gm)].map(([, name = '', value]) => ({
    name,
    default: value,
  }))
}

/** List the files that draw into the same shadow as *path*: what it imports, but for elements of their own. */
function shadowOf(path: string, seen: Set<string> = new Set()): string[] {
  for (const [, name = ''] of read(path).matchAll(/\bfrom '(\.[^']+)'/g)) {
    const next = join(dirname(path), name)
    const isPart = next.startsWith('src/elements/') && !seen.has(next) && existsSync(join(ROOT, next))
    if (!isPart || / extends (LitElement|Instrument) /.test(read(next))) continue
    seen.add(next)
    shadowOf(next, seen)
  }
  return [...seen]
}

/** Give the words of a doc comment in one line. */
function sentences(comment = ''): string {
  return comment
    .replaceAll(/^\s*\/\*\*|\*\/$|^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}
