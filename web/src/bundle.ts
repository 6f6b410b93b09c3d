/** Everything in one file, for pages without a bundler: what `peerset` exports, and both elements registered. */

export * from './elements.ts'
export * from './index.ts'
