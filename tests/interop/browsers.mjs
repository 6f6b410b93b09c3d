// The real browsers in which pages are tried: how each is called and found, and how it is started without a screen.
// Firefox is the one that everybody has: Playwright speaks WebDriver BiDi with it, for which its channel stands.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, firefox } from 'playwright-core'

const BROWSERS = {
  chromium: {
    // The first one is the same browser without windows, which a page takes half as much of a processor for.
    programs: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
    launcher: chromium,
    options: {
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // Pages of one site share a process: to start one takes longer than to load most of them.
        '--renderer-process-limit=1',
        // A container may have no other interface.
        '--allow-loopback-in-peer-connection',
      ],
    },
  },
  firefox: {
    programs: ['firefox-esr', 'firefox'],
    launcher: firefox,
    options: {
      channel: 'moz-firefox',
      firefoxUserPrefs: {
        // A container may have no other interface, and without the second only that of the default route is used.
        'media.peerconnection.ice.loopback': true,
        'permissions.default.camera': 1,
        // All pages share a process, and none is started ahead: it takes longer than to load most of them.
        'dom.ipc.processCount': 1,
        'dom.ipc.processPrelaunch.enabled': false,
        'fission.autostart': false,
        // What a person would see first is not loaded.
        'browser.startup.page': 0,
        'browser.newtabpage.enabled': false,
        'browser.newtab.preload': false,
        'extensions.enabledScopes': 0,
      },
    },
  },
}

/** Start the browser *name* with all its files in the new folder *profile*; give a context of Playwright. */
export function launch(name, profile) {
  const { programs, launcher, options } = BROWSERS[name]
  mkdirSync(profile)
  return launcher.launchPersistentContext(profile, { executablePath: find(programs), headless: true, ...options })
}

function find(programs) {
  for (const path of process.env.PATH.split(delimiter).flatMap(place => programs.map(name => join(place, name)))) {
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  throw new Error(`none of ${programs.join(', ')} is on the PATH; install one (Debian: apt-get install ${programs[0]})`)
}
