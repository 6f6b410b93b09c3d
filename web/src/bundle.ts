/** Everything in one file, for pages without a bundler: what `peerset` exports, and the elements registered. */

export * from './elements.ts'
export * from './index.ts'
