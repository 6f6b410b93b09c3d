/** What a joined room may need later, when there may be no network to load it from. */

/** Load it in the background, while the browser says that there is one. */
export async function provide(): Promise<void> {
  if (globalThis.navigator?.onLine !== true) return
  // What does not load now is tried again once it is needed.
  await Promise.allSettled([
    import('../moderation/bans.ts'),
    import('../moderation/curtain.ts'),
    import('../moderation/explaining.ts'),
    import('../adapters/memory.ts'),
    import('../protocol/wanting.ts'),
    import('./fetcher.ts'),
    import('./parting.ts'),
    import('./shells.ts'),
  ])
}
