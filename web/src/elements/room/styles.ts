/** How `<peerset-room>` is laid out. */

import { css } from 'lit'

/** The layout of the room; colours and shapes come from `theme.ts`. */
export const roomStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    container-type: inline-size;
    block-size: min(560px, 90dvh);
    overflow: hidden;
    border: 1px solid var(--peerset-line);
    border-radius: var(--peerset-radius);
    background: var(--peerset-surface);
    box-shadow: var(--peerset-shadow);
    --side: 16px;
  }

  :host([hidden-ui]) {
    display: contents;
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

  /* What is as high as it wants to be gives way where there is no room for it. */
  .identity {
    flex: 0 1 auto;
    max-block-size: 60%;
    overflow: auto;
    border-block-end: 1px solid var(--peerset-line);
    background: var(--peerset-sunken);
  }

  .devices {
    padding: 0 var(--side) 12px;
  }

  .notes:not(:empty) {
    flex: 0 1 auto;
    max-block-size: 40%;
    overflow: auto;
    padding-block: 4px;
    padding-inline: var(--side) 8px;
    border-block-end: 1px solid var(--peerset-line);
    background: var(--peerset-sunken);
    font-size: 13px;
  }

  .note {
    display: flex;
    align-items: start;
    gap: 8px;
    padding-block: 4px;
  }

  .note > span {
    display: -webkit-box;
    flex: 1;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 4;
    padding-block: 2px;
    line-height: 18px;
  }

  .view {
    position: relative;
    display: flex;
    flex: 1;
    flex-direction: column;
    min-block-size: 0;
  }

  .scroller {
    flex: 1;
    overflow: auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
    padding: 8px 0 12px;
  }

  .scroller:focus-visible {
    outline-offset: -2px;
  }

  ol {
    list-style: none;
  }

  .empty,
  .problem {
    margin: 48px auto;
    max-inline-size: 40ch;
    padding-inline: 16px;
    color: var(--peerset-muted);
    text-align: center;
  }

  .problem > p + p {
    margin-block-start: 12px;
  }

  .problem code {
    color: var(--peerset-text);
    font-family: var(--peerset-mono);
  }

  .earlier {
    display: block;
    margin: 4px auto 8px;
    color: var(--peerset-muted);
  }

  /* Above the button that leads to the newest ones. */
  .later {
    margin-block-end: 52px;
  }

  .newest {
    position: absolute;
    inset-block-end: 12px;
    inset-inline-start: 50%;
    translate: -50%;
    border-color: transparent;
    border-radius: 999px;
    background: var(--peerset-accent);
    box-shadow: var(--peerset-shadow);
    color: var(--peerset-on-accent);
  }

  .newest:hover:not(:disabled) {
    background: color-mix(in oklab, var(--peerset-accent), var(--peerset-text) 14%);
  }

  .day {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 12px var(--side) 4px;
    color: var(--peerset-muted);
    font-size: 12px;
    line-height: 16px;
  }

  .day::before,
  .day::after {
    flex: 1;
    border-block-start: 1px solid var(--peerset-line);
    content: '';
  }

  .record {
    position: relative;
    display: grid;
    grid-template-columns: 24px minmax(0, 1fr);
    gap: 0 12px;
    padding: 6px var(--side);
  }

  .record:hover,
  .record:focus-within {
    background: color-mix(in oklab, var(--peerset-text) 3%, transparent);
  }

  .record.together {
    padding-block: 0 6px;
  }

  .record.together .swatch,
  .record.together .byline > :is(.author, .you, time) {
    display: none;
  }

  .record.together .byline {
    position: absolute;
    inset-inline-end: var(--side);
  }

  .record > :not(.swatch) {
    grid-column: 2;
  }

  .byline {
    position: relative;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 8px;
    min-block-size: 24px;
    font-size: 12px;
  }

  .author {
    color: light-dark(oklch(0.45 0.13 var(--hue)), oklch(0.82 0.09 var(--hue)));
    font-weight: 600;
  }

  .you {
    padding-inline: 6px;
    border: 1px solid var(--peerset-line);
    border-radius: 999px;
    color: var(--peerset-muted);
    font-size: 11px;
    line-height: 16px;
  }

  time {
    color: var(--peerset-muted);
  }

  .delete {
    opacity: 0;
  }

  .record:hover .delete,
  .record:focus-within .delete {
    opacity: 1;
  }

  .byline > :is(.delete, .doomed) {
    margin-inline-start: auto;
    font-size: 12px;
  }

  /* It takes no place while it cannot be seen, and may lie over what is less wanted then. */
  @media (hover: hover) {
    .byline > .delete {
      position: absolute;
      inset-inline-end: 0;
      background: var(--peerset-surface);
    }
  }

  @media (hover: none) {
    .delete {
      opacity: 1;
    }
  }

  .text {
    overflow: hidden;
    white-space: pre-wrap;
  }

  .text.mono {
    font-size: 12.5px;
  }

  .text.long {
    max-block-size: 320px;
    overflow: auto;
  }

  .fold {
    justify-self: start;
    margin-inline-start: -8px;
    font-size: 12px;
  }

  .composer,
  .closed {
    display: grid;
    flex: none;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: end;
    gap: 8px;
    padding: 10px;
    border-block-start: 1px solid var(--peerset-line);
  }

  .closed {
    align-items: center;
    padding-inline-start: var(--side);
    color: var(--peerset-muted);
  }

  /* What is said of writing stands with it. */
  .granted,
  .adding {
    flex: none;
    padding: 8px var(--side) 0;
    border-block-start: 1px solid var(--peerset-line);
    font-size: 13px;
  }

  .granted + .adding,
  :is(.granted, .adding) + .composer {
    border-block-start: 0;
  }

  .composer p {
    grid-column: 1 / -1;
    padding-inline: 6px;
    font-size: 13px;
  }

  .composer p:empty {
    display: none;
  }

  textarea {
    field-sizing: content;
    min-block-size: 36px;
    max-block-size: 160px;
    padding-block: 7px;
    resize: none;
  }

  .composer button {
    min-block-size: 36px;
  }

  @container (max-width: 420px) {
    :host > * {
      --side: 12px;
    }
  }
`
