// A browser that reaches nobody but this machine, and writes down what a page asks for.

import { chromium } from 'playwright-core'

const DESKTOP = { width: 1280, height: 900 }
export const PHONE = { width: 390, height: 844 }
export const SMALL_PHONE = { width: 360, height: 740 }

export const launch = () => chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    // The gate runs as root, in which Chromium has no sandbox.
    '--no-sandbox', '--no-proxy-server', '--no-first-run', '--disable-quic', '--disable-sync', '--disable-component-update',
    '--disable-background-networking', '--disable-features=AutofillServerCommunication',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ],
})

// A page at `url`, with what it has asked for and what it complains of. `alter` changes its text on the way.
export async function visit(browser, url, { size = DESKTOP, scheme = 'light', alter } = {}) {
  const touch = size !== DESKTOP
  const context = await browser.newContext({
    viewport: size, colorScheme: scheme, isMobile: touch, hasTouch: touch, reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(30_000)
  const asked = []
  const complaints = []
  const page = await context.newPage()
  context.on('request', (request) => asked.push(`${request.method()} ${request.url()}`))
  page.on('websocket', (socket) => asked.push(`WS ${socket.url()}`))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (said) => {
    if (['error', 'warning'].includes(said.type())) complaints.push(said.text())
  })
  if (alter) {
    await page.route(url, async (route) => {
      const response = await route.fetch()
      const before = await response.text()
      const body = alter(before)
      if (body === before) throw new Error('nothing was altered')
      await route.fulfill({ response, body })
    })
  }
  await page.goto(url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return { page, url, asked, complaints, close: () => context.close() }
}
