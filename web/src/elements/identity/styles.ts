/** How `<peerset-identity>` is laid out. */

import { css } from 'lit'

/** The layout of the identity; colours and shapes come from `theme.ts`. */
export const identityStyles = css`
  section {
    display: grid;
    gap: 8px;
    padding: 12px 16px;
  }

  .key {
    display: flex;
    align-items: center;
    gap: 8px;
  }

  .swatch {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: 24px;
    block-size: 24px;
    border-radius: 7px;
    background: light-dark(oklch(0.93 0.045 var(--hue)), oklch(0.34 0.06 var(--hue)));
    color: light-dark(oklch(0.43 0.12 var(--hue)), oklch(0.86 0.08 var(--hue)));
    font: 600 11px / 1 var(--peerset-mono);
  }

  code {
    font-size: 12px;
    line-height: 16px;
    user-select: all;
  }

  h3 {
    font-size: 14px;
    font-weight: 600;
  }

  form {
    display: grid;
    gap: 8px;
    max-inline-size: 420px;
  }

  label {
    display: grid;
    gap: 2px;
  }

  label > span {
    color: var(--peerset-muted);
    font-size: 12px;
    line-height: 16px;
  }

  textarea {
    resize: vertical;
  }

  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }

  .grave {
    border-color: var(--peerset-bad);
    color: var(--peerset-bad);
  }

  p:empty {
    display: none;
  }
`
