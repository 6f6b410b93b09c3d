/** Where the parts of the dashboard stand: one at a time where it is narrow, side by side where there is room. */

import { css } from 'lit'

/** The styles of the outermost element. */
export const layout = css`
  :host {
    container-type: inline-size;
    border-radius: var(--peerset-radius);
    background: var(--peerset-sunken);
  }

  .panel {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    padding: 8px;
  }

  .failure {
    padding: 8px 16px;
  }

  .tabs {
    display: flex;
    gap: 2px;
    padding: 2px;
    overflow-x: auto;
    scrollbar-width: none;
    border: 1px solid var(--peerset-line);
    border-radius: var(--peerset-radius);
    background: var(--peerset-surface);
  }

  .tabs button {
    flex: 1 0 auto;
    min-height: 40px;
    padding: 4px 8px;
    border: 0;
    color: var(--peerset-muted);
    overflow-wrap: normal;
    white-space: nowrap;
  }

  .tabs button:focus-visible {
    outline-offset: -2px;
  }

  .tabs button[aria-selected='true'] {
    background: color-mix(in oklab, var(--peerset-accent) 12%, transparent);
    color: var(--peerset-accent);
  }

  @media (forced-colors: active) {
    .tabs button[aria-selected='true'] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }

  .messages,
  .terminal {
    height: 480px;
  }

  .records {
    max-height: 640px;
  }

  .side,
  .net {
    display: contents;
  }

  @container (max-width: 859.9px) {
    .part:not(.shown) {
      display: none;
    }
  }

  @container (min-width: 860px) {
    .panel {
      grid-template-columns: repeat(12, minmax(0, 1fr));
      gap: 12px;
      padding: 12px;
    }

    .panel > * {
      grid-column: 1 / -1;
    }

    .tabs {
      display: none;
    }

    .days,
    .records {
      grid-column: span 8;
    }

    .figures,
    .side {
      grid-column: span 4;
    }

    .net {
      grid-column: span 7;
      height: 416px;
    }

    .messages {
      grid-column: span 5;
      height: 416px;
    }
  }

  @container (min-width: 860px) {
    .peers {
      flex: 1;
      min-height: 0;
    }

    .signaling {
      flex: none;
      max-height: 45%;
    }
  }

  @container (min-width: 860px) {
    .side,
    .net {
      display: flex;
      flex-direction: column;
      gap: 12px;
    }

    .tools {
      flex: 1;
    }

    .terminal {
      height: 320px;
    }
  }
`
