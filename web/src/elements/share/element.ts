/**
 * `<peerset-share for="lobby">`: hands a room on, as a link to this page and as a QR code.
 *
 *     <peerset-room id="lobby" room="lobby" from-hash></peerset-room>
 *     <peerset-share for="lobby"></peerset-share>
 *
 * The link holds the room's address behind its `#`: a page whose `<peerset-room>` has `from-hash` joins by it. No secret is
 * in it before the visitor asks for that. Its parts: `share panel link secret code`.
 */

import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit'
import type { Room } from '../../room/room.ts'
import { define } from '../define.ts'
import { takenOver } from '../root.ts'
import { base, tokens } from '../theme.ts'
import type { Share } from './sharing.ts'

/** What is shown of the room. */
interface Shown extends Share {
  readonly withSecrets: boolean
  /** Why there is nothing to show. */
  readonly problem: string
}

const NOTHING: Shown = { link: '', hasSecrets: false, path: '', size: 0, withSecrets: false, problem: '' }

/** Hands on the room of another element. */
export class PeersetShare extends LitElement {
  static override properties = { for: { reflect: true }, theme: { reflect: true }, shown: { state: true } }
  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: inline-block;
      }

      .panel:not([hidden]) {
        display: grid;
        gap: 10px;
        margin-block-start: 8px;
        max-inline-size: 320px;
      }

      .link {
        font-family: var(--peerset-mono);
        font-size: 12px;
        overflow-wrap: anywhere;
        user-select: all;
      }

      /* Scanners want dark modules on a light ground, whatever the page looks like. */
      svg {
        display: block;
        inline-size: 100%;
        background: white;
        fill: black;
      }
    `,
  ]

  /** The id of the `<peerset-room>` whose room is handed on. */
  declare for: string | null
  /** "light" or "dark", whatever the visitor's system prefers. */
  declare theme: string | null
  declare shown: Shown | null

  constructor() {
    super()
    Object.assign(this, { for: null, theme: null, shown: null })
  }

  /** The room that is handed on; null while there is none. */
  get room(): Room | null {
    const root = this.getRootNode() as Document | ShadowRoot
    const holder: (Element & { readonly peer?: Room | null }) | null = root.getElementById?.(this.for ?? '') ?? null
    return holder?.peer ?? null
  }

  /** Show the link, *withSecrets* or not, or say why there is none. */
  async open({ withSecrets = false }: { readonly withSecrets?: boolean } = {}): Promise<void> {
    try {
      const { room } = this
      if (room === null) throw new Error('the room is not joined yet')
      const { shareOf } = await import('./sharing.ts')
      this.shown = { ...(await shareOf(room, { withSecrets })), withSecrets, problem: '' }
    } catch (error) {
      this.shown = { ...NOTHING, problem: (error as Error).message }
    }
  }

  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    return takenOver(this) ?? super.createRenderRoot()
  }

  protected override render(): TemplateResult {
    const { shown } = this
    return html`<button part="share" aria-expanded=${shown !== null} aria-controls="panel" @click=${this.#toggle}>
        Share
      </button>
      <div id="panel" class="panel" part="panel" ?hidden=${shown === null}>
        ${shown === null ? nothing : panelOf(shown, this.#asked)}
      </div>`
  }

  readonly #toggle = (): void => {
    if (this.shown === null) void this.open()
    else this.shown = null
  }

  readonly #asked = (event: Event): void => {
    void this.open({ withSecrets: (event.target as HTMLInputElement).checked })
  }
}

function panelOf(shown: Shown, onAsked: (event: Event) => void): TemplateResult {
  const { link, path, size, hasSecrets, withSecrets, problem } = shown
  if (problem !== '') return html`<p class="bad" role="alert">${problem}</p>`
  const asking = html`<label part="secret">
    <input type="checkbox" .checked=${withSecrets} @change=${onAsked} />
    With its secrets: whoever has this link can join.
  </label>`
  const code = html`<svg viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code of the link" part="code">
    ${svg`<path d=${path} />`}
  </svg>`
  return html`<a class="link" part="link" href=${link}>${link}</a>
    ${hasSecrets ? asking : nothing}
    ${path === '' ? html`<p class="muted">The link is too long for a QR code.</p>` : code}`
}

define('peerset-share', PeersetShare)

declare global {
  interface HTMLElementTagNameMap {
    'peerset-share': PeersetShare
  }
}
