/** The shapes that the parts of the dashboard share: cards, tables, chips, dots. */

import { css } from 'lit'

/** Goes after the theme's `base`. */
export const look = css`
  :host {
    display: flex;
    flex-direction: column;
    min-width: 0;
    border: 1px solid var(--peerset-line);
    border-radius: var(--peerset-radius);
    background: var(--peerset-surface);
    font-size: 13px;
    container-type: inline-size;
  }

  .title {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 8px;
    align-items: center;
    min-height: 48px;
    padding: 8px 8px 8px 16px;
  }

  h2 {
    margin-inline-end: auto;
    font-size: 14px;
    font-weight: 600;
  }

  h2 small {
    margin-inline-start: 4px;
    color: var(--peerset-muted);
    font-size: 12px;
    font-weight: 400;
  }

  .body {
    padding: 0 16px 16px;
  }

  .empty {
    padding: 24px 16px 32px;
    color: var(--peerset-muted);
    text-align: center;
  }

  .scroll {
    flex: 1;
    min-height: 0;
    overflow: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    contain: content;
  }

  .scroll:focus-visible,
  td:focus-visible {
    outline-offset: -2px;
  }

  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }

  th {
    position: sticky;
    z-index: 1;
    top: 0;
    background: var(--peerset-surface);
    box-shadow: inset 0 -1px var(--peerset-line);
    color: var(--peerset-muted);
    font-size: 12px;
    font-weight: 500;
    text-align: start;
  }

  th,
  td {
    height: 28px;
    padding: 3px 8px;
    border-bottom: 1px solid color-mix(in oklab, var(--peerset-line) 60%, transparent);
    white-space: nowrap;
  }

  tr > :first-child {
    padding-inline-start: 16px;
  }

  tr > :last-child {
    padding-inline-end: 16px;
  }

  tbody tr:last-child td {
    border-bottom: 0;
  }

  tbody tr:hover {
    background: var(--peerset-sunken);
  }

  .end {
    text-align: end;
  }

  .dot {
    display: inline-block;
    flex: none;
    width: 8px;
    height: 8px;
    margin-inline-end: 6px;
    border-radius: 50%;
    background: currentColor;
  }

  @media (forced-colors: active) {
    .dot {
      forced-color-adjust: none;
      background: CanvasText;
    }
  }

  .chip {
    display: inline-flex;
    align-items: center;
    max-width: 100%;
    padding: 0 8px;
    border: 1px solid var(--peerset-line);
    border-radius: 10px;
    font-size: 12px;
    line-height: 18px;
  }

  .accent {
    color: var(--peerset-accent);
  }

  button.small,
  select.small,
  input.small {
    width: auto;
    min-height: 28px;
    padding: 2px 8px;
    font-size: 12px;
    line-height: 18px;
  }

  button.small {
    white-space: nowrap;
  }

  button[aria-pressed='true'] {
    border-color: var(--peerset-accent);
    color: var(--peerset-accent);
  }

  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    align-items: center;
  }

  label {
    color: var(--peerset-muted);
    font-size: 12px;
  }

  label input {
    color: var(--peerset-text);
  }

  @container (max-width: 520px) {
    th,
    td {
      padding-inline: 6px;
    }
  }
`
