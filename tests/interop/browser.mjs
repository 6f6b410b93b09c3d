// Runs one headless browser, and one page for each connection to a port of the loopback interface.
// Arguments: which one (chromium, firefox); a temporary directory; what the pages consist of (default: page.mjs), scripts
// and files that they load.
// Prints {"port": ...}, runs until its standard input ends.
//
// On a connection JSON objects go both ways, one a line. In: {"id", "command", "argument"}. The first command is "open",
// with {"page": the script's name without its suffix, "host": the site's, "before": JavaScript that runs first}, or with
// {"url": of a page that others serve}. "reload" loads the page anew, "evaluate" gives the value of {"expression"} there,
// "devtools" passes {"method", "parameters"} to Chromium, every other command is one of the page's own. Out: {"id",
// "value"} or {"id", "error"} in answer; {"event", ...} and {"console"} whenever something happens. The page is closed
// when its connection is.
import { buildSync } from 'esbuild'
import { existsSync, readFileSync } from 'node:fs'
import { createServer as createWebServer } from 'node:http'
import { createServer } from 'node:net'
import { basename, extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { launch } from './browsers.mjs'

const LOOPBACK = '127.0.0.1'
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' }

const [name, folder, ...entries] = process.argv.slice(2)
const browser = await launch(name, join(folder, 'profile'))
const port = await serve(bundle(entries.length > 0 ? entries : [fileURLToPath(new URL('page.mjs', import.meta.url))]))
const driver = createServer(socket => attend(socket))
driver.listen(0, LOOPBACK, () => console.log(JSON.stringify({ port: driver.address().port })))
process.stdin.resume()
process.stdin.on('end', async () => {
  await browser.close()
  process.exit(0)
})

// Every page may load what lies beside its script.
function bundle(entryPoints) {
  const outdir = join(folder, 'site')
  const options = { bundle: true, format: 'esm', target: 'es2022', loader: { '.wasm': 'copy' } }
  buildSync({ entryPoints, outdir, entryNames: '[name]', ...options })
  return outdir
}

function serve(site) {
  const server = createWebServer(({ url }, response) => {
    const file = join(site, basename(url))
    const isThere = existsSync(file)
    response.writeHead(200, { 'content-type': isThere ? TYPES[extname(file)] : 'text/html' })
    response.end(isThere ? readFileSync(file) : pageOf(basename(url)))
  })
  return new Promise(resolve => server.listen(0, LOOPBACK, () => resolve(server.address().port)))
}

function pageOf(name) {
  const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
  return `${head}<title>${name}</title><script type="module" src="${name}.js"></script>`
}

function attend(socket) {
  const tell = message => socket.writable && socket.write(`${JSON.stringify(message)}\n`)
  let opening
  // Whoever hangs up while the page is being opened has been told why it could not be, or does not care.
  socket.on('close', () => opening?.then(page => page.close()).catch(() => {}))
  // A test that fails may hang up in the middle of a line; readline passes the socket's errors on.
  const lines = createInterface({ input: socket })
  lines.on('error', () => socket.destroy())
  lines.on('line', async line => {
    const { id, command, argument } = JSON.parse(line)
    try {
      opening ??= openPage(argument, tell)
      tell({ id, value: (await run(await opening, command, argument ?? {})) ?? null })
    } catch (error) {
      tell({ id, error: error.message })
    }
  })
}

async function openPage({ page: name, host = LOOPBACK, before = '', url = null }, tell) {
  const page = await browser.newPage()
  page.on('console', message => tell({ console: `${message.type()}: ${message.text()}` }))
  page.on('pageerror', error => tell({ console: `uncaught: ${error.message}` }))
  page.on('crash', () => tell({ console: 'uncaught: the page crashed' }))
  await page.exposeFunction('tell', tell)
  if (before !== '') await page.addInitScript({ content: before })
  await page.goto(url ?? `http://${host}:${port}/${name}`)
  return page
}

async function run(page, command, argument) {
  if (command === 'open') return
  if (command === 'reload') return void (await page.reload())
  if (command === 'evaluate') return await page.evaluate(argument.expression)
  if (command === 'devtools') return await useDevtools(page, argument)
  return await page.evaluate(([name, given]) => window.commands[name](given), [command, argument])
}

async function useDevtools(page, { method, parameters }) {
  const session = await browser.newCDPSession(page)
  const origin = new URL(page.url()).origin
  return await session.send(method, { origin, ...parameters })
}
