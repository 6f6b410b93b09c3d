/** Our elements in pages that a server renders with lit. */

import { render } from '@lit-labs/ssr'
import { collectResult } from '@lit-labs/ssr/lib/render-result.js'
import { html, type TemplateResult } from 'lit'
import { expect, test } from 'vitest'
import '../../src/elements.ts'

/** Give what a server renders of *template*, without comments and styles. */
async function rendered(template: TemplateResult): Promise<string> {
  const markup = await collectResult(render(template))
  return markup.replaceAll(/<!--.*?-->|<style>.*?<\/style>/gs, '')
}

test.each([
  [html`<peerset-room room="lobby"></peerset-room>`, 'not joined'],
  [
    html`<peerset-room room="lobby" signaling="" store="memory" collection="chat" readonly></peerset-room>`,
    'not joined',
  ],
  [html`<peerset-room room="lobby" identity="vault" confirm theme="dark"></peerset-room>`, 'not joined'],
  [html`<peerset-room room="lobby" .signaling=${['wss://tracker.example']}></peerset-room>`, 'not joined'],
  [html`<peerset-room></peerset-room>`, 'not joined'],
  [html`<peerset-room room="lobby" store="disk"></peerset-room>`, 'not joined'],
  [html`<peerset-room room="lobby"><template slot="empty">Nobody yet.</template></peerset-room>`, 'Nobody yet.'],
  [html`<peerset-dashboard></peerset-dashboard>`, 'No room is shown yet.'],
  [html`<peerset-dashboard room="lobby" app="x" signaling=""></peerset-dashboard>`, 'No room is shown yet.'],
])('a server renders an element with its root, and joins nothing: %#', async (template, words) => {
  const markup = await rendered(template)
  expect(markup).toMatch(/^<peerset-(room|dashboard)[^>]*><template shadowroot="open" shadowrootmode="open">/)
  expect(markup).toContain(words)
})

test('without an interface there is nothing to see', async () => {
  const markup = await rendered(html`<peerset-room room="lobby" hidden-ui></peerset-room>`)
  expect(markup).not.toContain('not joined')
})
