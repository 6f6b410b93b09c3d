import { LitElement } from 'lit'
import { expect, test } from 'vitest'
import { define } from '../../src/elements/define.ts'

test('of two bundles that know one element, the first makes it known', () => {
  class First extends LitElement {}
  class Second extends LitElement {}
  define('one-element', First)
  define('one-element', Second)
  expect(customElements.get('one-element')).toBe(First)
})

test('where there is no registry, there is nothing to make known', () => {
  const registry = globalThis.customElements
  Object.defineProperty(globalThis, 'customElements', { value: undefined, configurable: true, writable: true })
  expect(() => define('another-element', class extends LitElement {})).not.toThrow()
  globalThis.customElements = registry
  expect(customElements.get('another-element')).toBeUndefined()
})
