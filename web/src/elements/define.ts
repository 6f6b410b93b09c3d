/** Registers custom elements, once: a page may load two bundles, and a server that renders pages has no registry. */

/** Make *tag* an element of *type*, unless it is one already. */
export function define(tag: string, type: CustomElementConstructor): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined
  if (registry !== undefined && registry.get(tag) === undefined) registry.define(tag, type)
}
