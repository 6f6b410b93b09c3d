/**
 * How the elements look: the custom properties a page may set, in light and dark, and the shapes all parts share.
 *
 * A page themes an element by setting the properties on it:
 *
 *     peerset-room { --peerset-accent: rebeccapurple; --peerset-radius: 4px }
 *
 * `theme="light"` and `theme="dark"` override what the reader's system prefers.
 */

import { css } from 'lit'

/** The custom properties, for outermost elements only: parts inside inherit them, with what the page has set. */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --peerset-accent: light-dark(#3550c8, #9db1ff);
    --peerset-on-accent: light-dark(#ffffff, #10131c);
    --peerset-surface: light-dark(#ffffff, #16181d);
    --peerset-sunken: light-dark(#f6f7f9, #101216);
    --peerset-text: light-dark(#1b1d22, #eceef2);
    --peerset-muted: light-dark(#5f646e, #a2a8b4);
    --peerset-line: light-dark(#e2e4ea, #2b2f38);
    --peerset-edge: light-dark(#8b909b, #737a88);
    --peerset-good: light-dark(#17734a, #5bc994);
    --peerset-warn: light-dark(#8a5800, #e9b65a);
    --peerset-bad: light-dark(#bf2530, #ff9a97);
    --peerset-radius: 10px;
    --peerset-font: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
    --peerset-mono: ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace;
    --peerset-shadow: 0 1px 3px light-dark(#1b1d2214, #00000052);
  }

  /* Drawings are not repainted by the system: they take its colours by themselves. */
  @media (forced-colors: active) {
    :host {
      --peerset-accent: Highlight;
      --peerset-on-accent: HighlightText;
      --peerset-surface: Canvas;
      --peerset-sunken: Canvas;
      --peerset-text: CanvasText;
      --peerset-muted: CanvasText;
      --peerset-line: CanvasText;
      --peerset-edge: CanvasText;
      --peerset-good: CanvasText;
      --peerset-warn: CanvasText;
      --peerset-bad: CanvasText;
    }
  }

  :host([theme='light']) {
    color-scheme: light;
  }

  :host([theme='dark']) {
    color-scheme: dark;
  }
`

/** The shapes all parts share: text, buttons, fields, focus rings. */
export const base = css`
  :host {
    display: block;
    box-sizing: border-box;
    color: var(--peerset-text);
    font: 14px / 20px var(--peerset-font);
    text-align: start;
    overflow-wrap: anywhere;
    -webkit-text-size-adjust: 100%;
    accent-color: var(--peerset-accent);
  }

  a {
    color: var(--peerset-accent);
    text-underline-offset: 2px;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }

  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }

  button,
  input,
  select,
  textarea {
    margin: 0;
    color: inherit;
    font: inherit;
  }

  button,
  .button {
    min-height: 32px;
    padding: 5px 12px;
    border: 1px solid var(--peerset-line);
    border-radius: calc(var(--peerset-radius) * 0.7);
    background: var(--peerset-surface);
    font-weight: 500;
    cursor: pointer;
    transition:
      background 120ms,
      border-color 120ms;
  }

  button:hover:not(:disabled),
  .button:hover {
    border-color: var(--peerset-edge);
    background: var(--peerset-sunken);
  }

  button:disabled {
    color: var(--peerset-muted);
    cursor: default;
    opacity: 0.7;
  }

  button.primary {
    border-color: transparent;
    background: var(--peerset-accent);
    color: var(--peerset-on-accent);
  }

  button.primary:hover:not(:disabled) {
    background: color-mix(in oklab, var(--peerset-accent), var(--peerset-text) 14%);
  }

  /* A button that is only a word until the pointer or the keyboard reaches it. */
  button.quiet {
    min-height: 24px;
    padding: 1px 8px;
    border-color: transparent;
    background: none;
    color: var(--peerset-muted);
  }

  button.quiet:hover:not(:disabled) {
    background: color-mix(in oklab, var(--peerset-text) 8%, transparent);
    color: var(--peerset-text);
  }

  input:not([type='checkbox'], [type='radio'], [type='file']),
  select,
  textarea {
    width: 100%;
    min-height: 32px;
    padding: 5px 10px;
    border: 1px solid var(--peerset-edge);
    border-radius: calc(var(--peerset-radius) * 0.7);
    background: var(--peerset-surface);
  }

  ::placeholder {
    color: var(--peerset-muted);
    opacity: 1;
  }

  :focus-visible,
  .button:has(:focus-visible) {
    outline: 2px solid var(--peerset-accent);
    outline-offset: 1px;
  }

  .muted {
    color: var(--peerset-muted);
  }

  .good {
    color: var(--peerset-good);
  }

  .warn {
    color: var(--peerset-warn);
  }

  .bad {
    color: var(--peerset-bad);
  }

  .mono {
    font-family: var(--peerset-mono);
    font-size: 0.93em;
  }

  .number {
    font-variant-numeric: tabular-nums;
  }

  /* Text of strangers: marks that change the direction of writing end where it ends. */
  .foreign {
    unicode-bidi: isolate;
  }

  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`
