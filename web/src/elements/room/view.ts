/** What surrounds the records of `<peerset-room>`: its header, notes, problems, and the place where one writes. */

import { type CSSResult, css, html, nothing, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import type { PublicKey } from '../../core/keys.ts'
import { hueOf, initialsOf, shortNpub } from '../author.ts'
import { PenState } from '../identity/pen.ts'
import type { Sealed } from './lock.ts'
import type { Note } from './notes.ts'
import type { Problem } from './settings.ts'
import { counted, type Standing } from './standing.ts'
import { fill } from './template.ts'

/** How the header looks. */
export const headStyles: CSSResult = css`
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    padding-block: 10px;
    padding-inline: var(--side) 10px;
    border-block-end: 1px solid var(--peerset-line);
  }

  .title {
    flex: 1 1 200px;
    min-width: 0;
  }

  h2 {
    overflow: hidden;
    font-size: 15px;
    font-weight: 600;
    line-height: 20px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  /* A dot before the first word of a line is outside, and so cut off. */
  .standing {
    display: flex;
    flex-wrap: wrap;
    column-gap: 18px;
    overflow: clip;
    font-size: 13px;
    line-height: 18px;
  }

  .standing > * {
    position: relative;
  }

  .standing > * + *::before {
    position: absolute;
    inset-inline-start: -11px;
    color: var(--peerset-edge);
    content: '·';
  }

  .label::before {
    display: inline-block;
    width: 8px;
    height: 8px;
    margin-inline-end: 6px;
    border-radius: 50%;
    background: currentcolor;
    content: '';
  }

  @media (forced-colors: active) {
    .label::before {
      background: CanvasText;
      forced-color-adjust: none;
    }
  }

  .who {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 3px 10px 3px 4px;
    font-weight: 400;
  }

  .who:not(:has(.swatch)) {
    padding-inline: 12px;
    font-weight: 500;
  }

  @container (max-width: 420px) {
    .who {
      padding: 3px;
    }

    .who > .mono {
      display: none;
    }
  }
`

/** What the header shows. */
export interface Head {
  readonly name: string
  readonly standing: Standing
  readonly sealed: Sealed
  /** How many records the room holds; null while it is not joined. */
  readonly count: number | null
  /** Whose records are ours; null when nobody writes here. */
  readonly author: PublicKey | null
  readonly state: PenState
  readonly isOpen: boolean
  readonly onIdentity: () => void
}

/** The header: the room's name, how it stands, who writes. */
export function headView({ name, standing, sealed, count, author, state, isOpen, onIdentity }: Head): TemplateResult {
  const { tone, label, peers } = standing
  return html`<header class="head" part="header">
    <div class="title">
      <h2 class="foreign" part="name" title=${name}>${name || 'No room'}</h2>
      <p class="standing" part="status">
        <span role="status" class="label ${tone}">${label}</span>
        <span class="muted" part="sealed" ?hidden=${sealed === 'open'}>${sealed === 'locked' ? 'sealed' : 'sealed, open here'}</span>
        <span class="muted number" ?hidden=${peers === 0}>${counted(peers, 'peer')}</span>
        <span class="muted number" ?hidden=${count === null}>${counted(count ?? 0, 'record')}</span>
      </p>
    </div>
    ${
      author === null
        ? nothing
        : html`<button class="who" part="who" aria-expanded=${isOpen} aria-controls="identity" @click=${onIdentity}>
            ${whoView(author, state)}
          </button>`
    }
  </header>`
}

/** The notes, each to be dismissed. */
export function notesView(notes: readonly Note[], onDismiss: (matter: string) => void): TemplateResult {
  return html`<div class="notes" part="notes" role="status">${notes.map(
    ({ matter, tone, text }) =>
      html`<p class="note" part="note" data-matter=${matter}>
        <span class="${tone} foreign" title=${text}>${text}</span>
        <button class="quiet" aria-label="Dismiss this note" @click=${() => onDismiss(matter)}>Dismiss</button>
      </p>`,
  )}</div>`
}

/** A problem, of an attribute or of another kind. */
export type Complaint = Pick<Problem, 'message'> & Partial<Problem>

/** What keeps the element from joining; *template* is the page's own way to show it. */
export function problemsView(
  problems: readonly Complaint[],
  template: HTMLTemplateElement | null,
  onRetry: (() => void) | null,
): TemplateResult {
  if (template !== null) {
    return html`<div part="problems" role="alert">${problems.map(problem => copied(template, problem))}</div>`
  }
  return html`<slot name="error"><div class="problem" part="problems" role="alert">
    ${problems.map(({ attribute, message }) =>
      attribute === undefined
        ? html`<p>${message}</p>`
        : html`<p>The attribute <code>${attribute}</code> ${message}</p>`,
    )}
    ${onRetry === null ? nothing : html`<p><button part="retry" @click=${onRetry}>Try again</button></p>`}
  </div></slot>`
}

/** What stands in the composer's place while nobody can write. */
export function closedView(state: PenState, onIdentity: () => void): TemplateResult {
  const { words, action } = CLOSED[state] ?? { words: 'One moment…', action: null }
  return html`<div class="closed" part="composer">
    <span>${words}</span>
    ${action === null ? nothing : html`<button class="primary" @click=${onIdentity}>${action}</button>`}
  </div>`
}

const CLOSED: { readonly [state in PenState]?: { readonly words: string; readonly action: string } } = {
  [PenState.EMPTY]: { words: 'Writing needs a key of yours.', action: 'Choose a key' },
  [PenState.LOCKED]: { words: 'Your key is locked.', action: 'Unlock' },
  [PenState.AWAY]: { words: 'You are not logged in.', action: 'Log in' },
}

function whoView(author: PublicKey, state: PenState): TemplateResult {
  const action = CLOSED[state]?.action
  if (action !== undefined && state !== PenState.LOCKED) return html`${action}`
  return html`<span class="swatch" .style=${`--hue: ${hueOf(author)}`} aria-hidden="true">${initialsOf(author)}</span>
    <span class="unseen">You write as</span><span class="mono">${shortNpub(author)}</span>`
}

function copied(template: HTMLTemplateElement, { attribute, message }: Complaint): unknown {
  const fields = (name: string) => (name === 'message' ? message : name === 'attribute' ? attribute : null) ?? null
  return guard([template, attribute, message], () => fill(template, fields))
}
