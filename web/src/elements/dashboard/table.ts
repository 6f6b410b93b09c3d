/** The frame of the dashboard's tables: what each column is called, and how they scroll on a narrow screen. */

import { html, type TemplateResult } from 'lit'
import { ifDefined } from 'lit/directives/if-defined.js'

/** One column of a table. */
export interface Column {
  readonly name: string
  /** "end": of numbers; "spare": left out on a narrow screen. */
  readonly kind?: 'end' | 'spare'
  /** Says more of it. */
  readonly title?: string
}

/** Lay out *rows*, each a `tr`, under *columns*; *caption* says what they are to those who do not see them. */
export function tableOf(
  caption: string,
  columns: readonly (string | Column)[],
  rows: readonly TemplateResult[],
): TemplateResult {
  return html`<table>
    <caption class="unseen">${caption}</caption>
    <thead>
      <tr>
        ${columns.map(column => headOf(typeof column === 'string' ? { name: column } : column))}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
}

/** Let what is too wide for its card be scrolled, by the keyboard, too; *label* names it. */
export function scrolled(label: string, ...tables: readonly TemplateResult[]): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${label}>${tables}</div>`
}

function headOf({ name, kind, title }: Column): TemplateResult {
  return html`<th scope="col" class=${ifDefined(kind)} title=${ifDefined(title)}>${name}</th>`
}
