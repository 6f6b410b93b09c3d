// Runs one headless Chromium, and one page of page.mjs for each connection to a port of the loopback interface.
// Argument: a temporary directory. Prints {"port": ...}, runs until its standard input ends.
//
// On a connection JSON objects go both ways, one a line. In: {"id", "command", "argument"}; the command "reload"
// loads the page anew, every other is one of the page's own. Out: {"id", "value"} or {"id", "error"} in answer;
// {"event", ...} and {"console"} whenever something happens. The page is closed when its connection is.
import { buildSync } from 'esbuild'
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { createServer as createWebServer } from 'node:http'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const LOOPBACK = '127.0.0.1'
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A container may have no other interface.
  '--allow-loopback-in-peer-connection',
]

const folder = process.argv[2]
const browser = await launch(findBrowser(), join(folder, 'profile'))
const address = await serve(bundle(join(folder, 'page.js')))
const driver = createServer(socket => attend(socket))
driver.listen(0, LOOPBACK, () => console.log(JSON.stringify({ port: driver.address().port })))
process.stdin.resume()
process.stdin.on('end', async () => {
  await browser.close()
  process.exit(0)
})

function findBrowser() {
  for (const path of process.env.PATH.split(delimiter).flatMap(place => NAMES.map(name => join(place, name)))) {
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  throw new Error(`none of ${NAMES.join(', ')} is on the PATH; install one (Debian: apt-get install chromium)`)
}

function launch(executablePath, profile) {
  mkdirSync(profile)
  return chromium.launchPersistentContext(profile, { executablePath, headless: true, args: FLAGS })
}

function bundle(outfile) {
  const entry = fileURLToPath(new URL('page.mjs', import.meta.url))
  buildSync({ entryPoints: [entry], outfile, bundle: true, format: 'iife', target: 'es2022' })
  return readFileSync(outfile)
}

function serve(script) {
  const html = '<!doctype html><meta charset="utf-8"><title>interop</title><link rel="icon" href="data:,"><script src="page.js"></script>'
  const server = createWebServer(({ url }, response) => {
    const isScript = url === '/page.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(isScript ? script : html)
  })
  return new Promise(resolve => {
    server.listen(0, LOOPBACK, () => resolve(`http://${LOOPBACK}:${server.address().port}/`))
  })
}

async function attend(socket) {
  const tell = message => socket.writable && socket.write(`${JSON.stringify(message)}\n`)
  const opening = openPage(tell)
  socket.on('close', async () => (await opening).close())
  // A test that fails may hang up in the middle of a line; readline passes the socket's errors on.
  const lines = createInterface({ input: socket })
  lines.on('error', () => socket.destroy())
  lines.on('line', async line => {
    const { id, command, argument } = JSON.parse(line)
    try {
      tell({ id, value: (await run(await opening, command, argument)) ?? null })
    } catch (error) {
      tell({ id, error: error.message })
    }
  })
}

async function openPage(tell) {
  const page = await browser.newPage()
  page.on('console', message => tell({ console: `${message.type()}: ${message.text()}` }))
  page.on('pageerror', error => tell({ console: `uncaught: ${error.message}` }))
  page.on('crash', () => tell({ console: 'the page crashed' }))
  await page.exposeFunction('tell', tell)
  await page.goto(address)
  return page
}

async function run(page, command, argument) {
  if (command === 'reload') return void (await page.reload())
  return await page.evaluate(([name, given]) => window.commands[name](given), [command, argument ?? {}])
}
