/** Both custom elements; importing this registers them. */

export * from './dashboard.ts'
export * from './element.ts'
