/**
 * A page's own templates for what `<peerset-room>` shows.
 *
 * An element with `data-field` is filled with that field, always as text:
 *
 *     <template slot="item">
 *       <strong data-field="author"></strong> <span data-field="text"></span> <em data-field="json.mood"></em>
 *     </template>
 *
 * Of an item: `id`, `author` (npub), `author-short`, `time`, `created-at` (seconds), `kind`, `content`, `text` (the
 * `text` of JSON content, else the content), `json.NAME` (a field of JSON content) and `tag.NAME` (the first such
 * tag). Of a document: `id`, `key`, `author`, `author-short`, `time`, `created-at`, `value` and `value.NAME`, also
 * `value.NAME.INNER`. Of a file, in an element with `files`: `file.name`, `file.path`, `file.type`, `file.size` (such as
 * "4.1 kB") and `file.bytes`; what has `data-field="file"` is given the file itself: its picture, and what fetches and saves it. Of an error: `message` and `attribute`. A button with `data-action="delete"` deletes the item; it is taken
 * out of others' records. The copies are in the element's shadow: style them by a `<style>` in the template, or give
 * their elements a `part` and use `::part()`.
 */

import { tagValues } from '../../core/record.ts'
import type { Face } from './face.ts'

/** What can be filled in, by the names of the fields. */
export type Fields = (name: string) => string | null

/** Give the fields of one record; *time* is how its time is written. */
export function fieldsOf(face: Face, time: string): Fields {
  const { record, json } = face
  const fixed: { readonly [name: string]: string } = {
    id: record.id,
    author: face.npub,
    'author-short': face.shortNpub,
    time,
    'created-at': String(record.createdAt),
    kind: String(record.kind),
    content: record.content,
    text: face.text,
  }
  return name => {
    if (Object.hasOwn(fixed, name)) return fixed[name] ?? null
    if (name.startsWith('tag.')) return tagValues(record, name.slice('tag.'.length))[0] ?? null
    if (name.startsWith('json.')) return written(json, name.slice('json.'.length))
    return null
  }
}

/** Copy *template* and fill it; styles stay behind, for they are needed once and not once a copy. */
export function fill(template: HTMLTemplateElement, fields: Fields): DocumentFragment {
  const copy = contentOf(template)
  for (const style of copy.querySelectorAll('style')) style.remove()
  for (const element of copy.querySelectorAll<HTMLElement>('[data-field]')) {
    const text = fields(element.dataset.field ?? '')
    element.textContent = text
    element.hidden = text === null
  }
  return copy
}

/** Give the styles in *template*. */
export function stylesOf(template: HTMLTemplateElement): HTMLStyleElement[] {
  return [...contentOf(template).querySelectorAll('style')]
}

/** Copy what is in *template*: React, for example, puts that under it, where a page's markup has nothing. */
export function contentOf(template: HTMLTemplateElement): DocumentFragment {
  const copy = document.importNode(template.content, true)
  if (copy.childNodes.length === 0)
    copy.append(...[...template.childNodes].map(node => document.importNode(node, true)))
  return copy
}

/** Find the template that *host* holds for *slot*; null when it holds none. */
export function templateIn(host: HTMLElement, slot: string): HTMLTemplateElement | null {
  // Where a server renders the page, elements have no children.
  const found = Array.from(host.children ?? []).find(
    child => child.slot === slot && child instanceof HTMLTemplateElement,
  )
  return (found as HTMLTemplateElement | undefined) ?? null
}

function written(json: Face['json'], name: string): string | null {
  if (json === null || !Object.hasOwn(json, name)) return null
  const value = json[name]
  return typeof value === 'string' ? value : JSON.stringify(value)
}
