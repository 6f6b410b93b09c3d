/** What a template says, as text, for tests that need no browser. */

import { nothing } from 'lit'

/** Write *value*, which is what a part renders, with the values in their places; listeners are left out. */
export function markupOf(value: unknown): string {
  if (value === null || value === undefined || value === nothing || typeof value === 'function') return ''
  if (Array.isArray(value)) return value.map(markupOf).join('')
  if (typeof value !== 'object') return String(value)
  if ('strings' in value && 'values' in value) {
    const { strings, values } = value as { strings: readonly string[]; values: readonly unknown[] }
    return strings.map((text, place) => text + markupOf(values[place])).join('')
  }
  if ('_$litDirective$' in value && 'values' in value) return directiveMarkup(value.values as readonly unknown[])
  return '[object]'
}

/** Write the words of *value* alone. */
export function wordsOf(value: unknown): string {
  return markupOf(value)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** `repeat` has a list and two functions, `keyed` a key and a template. */
function directiveMarkup([first, second, third]: readonly unknown[]): string {
  if (typeof third === 'function' && Array.isArray(first)) return first.map(each => markupOf(third(each))).join('')
  return markupOf(second)
}
