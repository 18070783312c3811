// Uses the page as people would: `node main.mjs OXHOST FOLDER`, which gets the screenshots.

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'

import { launch, PHONE, visit } from './browser.mjs'
import * as checks from './checks.mjs'
import { report } from './report.mjs'
import { sandbox, spec } from './sandbox.mjs'

const [program, folder] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const browser = await launch()
const document = JSON.parse(spec(program, '--format', 'json'))
const operations = checks.operations(document)
const orders = checks.ORDERS.map((order) => ({
  ...order, operation: operations.find(({ operationId }) => operationId === order.operation),
}))
const get = (url) => `GET ${url}`
const post = (url, { path }) => `POST ${url.replace(/\/$/, '')}${path}`
const shot = ({ page }, name) => page.screenshot({ path: join(folder, `${name}.png`) })

let passed = 0
let failed = 0
async function check(name, run) {
  try {
    await run()
    passed += 1
    console.log(`ok      ${name}`)
  } catch (error) {
    failed += 1
    console.log(`FAILED  ${name}`)
    console.error(error)
  }
}
// That check fails on that page, and says so.
const fires = (name, saying, run) => check(`fires   ${name}`, () => assert.rejects(run, saying))

// Opens `url`, uses it, and closes it.
async function using(url, options, use) {
  const opened = await visit(browser, url, options)
  try {
    return await use(opened)
  } finally {
    await opened.close()
  }
}
// In a sandbox of its own.
async function trying(options, use) {
  const at = await sandbox(program)
  try {
    await using(at.url, options, async (opened) => {
      await use(opened, at)
      assert.deepEqual(opened.asked.filter((asked) => !asked.split(' ')[1].startsWith(at.url)), [])
    })
  } finally {
    await at.stop()
  }
}
async function charged(at, charges, requests) {
  const ledger = await at.ledger()
  assert.deepEqual(ledger.charges.map(({ operation, amount }) => [operation, amount]), charges)
  const counts = Object.entries(ledger.requests).filter(([, count]) => count > 0)
  assert.deepEqual(Object.fromEntries(counts), requests)
}
const expected = orders.map(({ operation, amount }) => [operation.operationId, amount])
const once = Object.fromEntries(orders.map(({ operation }) => [operation.operationId, 1]))

async function ordered(options = {}) {
  await trying(options, async (opened, at) => {
    for (const { operation } of orders) {
      await checks.sends(opened, operation)
      await shot(opened, `sandbox-ordered-${operation.operationId}`)
      await checks.closes(opened)
    }
    await charged(at, expected, once)
    checks.quiet(opened, [get(at.url), ...orders.map(({ operation }) => post(at.url, operation))])
  })
}

await check('the sandbox shows every operation, its host at the provider, and how to try it', () =>
  trying({}, async (opened, at) => {
    await shot(opened, 'sandbox-desktop-light')
    await checks.shows(opened, document, { tried: true })
    checks.quiet(opened, [get(at.url)])
    await charged(at, [], {})
  }))
await check('both orders are placed from it, and charged once each', ordered)
await check('both are placed from the keyboard, found by searching', () =>
  trying({}, async (opened, at) => {
    for (const { operation } of orders) {
      await checks.ordersByKeyboard(opened, operation)
      await shot(opened, `sandbox-keyboard-${operation.operationId}`)
    }
    await charged(at, expected, once)
    checks.quiet(opened, [get(at.url), ...orders.map(({ operation }) => post(at.url, operation))])
  }))
await check('every read is answered as it is filled in', () =>
  trying({}, async (opened, at) => {
    const reads = operations.filter((operation) => operation['x-oxhost-effect'] === 'read')
    for (const operation of reads) {
      const { example } = operation.responses['200'].content['application/json']
      await checks.sends(opened, operation, [200, JSON.stringify(Object.keys(example)[0])])
      await checks.closes(opened)
    }
    await charged(at, [], Object.fromEntries(reads.map(({ operationId }) => [operationId, 1])))
  }))
await check('a refusal is shown with its status and its words, and charges nobody', () =>
  trying({}, async (opened, at) => {
    for (const { operation, refused, wrong } of orders) {
      await checks.sends(opened, operation, refused, wrong)
      await shot(opened, `sandbox-refused-${operation.operationId}`)
      await checks.closes(opened)
    }
    await charged(at, [], once)
    checks.quiet(opened, [get(at.url), ...orders.map(({ operation }) => post(at.url, operation))], 2)
  }))
await check('Tab goes down the menu, and the focus is seen', () =>
  trying({}, (opened) => checks.tabs(opened, document)))
await check('on a phone it fits, opens its menu and orders', () =>
  trying({ size: PHONE }, async (opened, at) => {
    await shot(opened, 'sandbox-phone')
    await checks.fits(opened)
    for (const operation of operations) {
      await checks.go(opened.page, operation)
      await checks.fits(opened)
      await shot(opened, `sandbox-phone-${operation.operationId}`)
    }
    await checks.sends(opened, orders[0].operation)
    await opened.page.getByRole('dialog').getByText('balance_after').scrollIntoViewIfNeeded()
    await checks.fits(opened)
    await shot(opened, 'sandbox-phone-ordered')
    await charged(at, expected.slice(0, 1), { [orders[0].operation.operationId]: 1 })
  }))
await check('in the dark it shows the same', () =>
  trying({ scheme: 'dark' }, async (opened) => {
    await checks.shows(opened, document, { tried: true })
    await checks.go(opened.page, orders[0].operation)
    await shot(opened, 'sandbox-desktop-dark')
  }))

// What is published, from a file and from a server.
const pages = { '/': spec(program, '--format', 'html') }
for (const host of ['0xhost.com', '0xhost.net']) pages[`/${host}`] = spec(program, '--host', host, '--format', 'html')
const server = createServer(({ url }, response) => {
  response.writeHead(pages[url] ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(pages[url])
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
const served = `http://127.0.0.1:${server.address().port}`
const file = resolve(folder, 'index.html')
writeFileSync(file, pages['/'])
for (const [how, url] of [['as a file', `file://${file}`], ['from a server', `${served}/`]]) {
  await check(`published, ${how}, it names the right hosts, offers no request and asks for nothing`, () =>
    using(url, {}, async (opened) => {
      await shot(opened, 'published-desktop-light')
      await checks.shows(opened, document, { tried: false })
      await checks.go(opened.page, orders[1].operation)
      await shot(opened, 'published-operation')
      checks.quiet(opened, [get(url)])
    }))
}
for (const host of ['0xhost.com', '0xhost.net']) {
  const of = JSON.parse(spec(program, '--host', host, '--format', 'json'))
  for (const item of Object.values(of.paths)) for (const operation of Object.values(item)) operation.servers = of.servers
  await check(`published for ${host} it shows that host's operations`, () =>
    using(`${served}/${host}`, {}, async (opened) => {
      await checks.shows(opened, of, { tried: false })
      checks.quiet(opened, [get(`${served}/${host}`)])
    }))
}
await check('published, on a phone it fits', () =>
  using(`${served}/`, { size: PHONE }, async (opened) => {
    await shot(opened, 'published-phone')
    for (const operation of operations) {
      await checks.go(opened.page, operation)
      await checks.fits(opened)
    }
    checks.quiet(opened, [get(`${served}/`)])
  }))

// Samples: those that the contract has, and in any case some that are put in.
await check('every sample of the contract can be chosen and is shown', () =>
  using(`${served}/`, {}, async (opened) => {
    const there = operations.flatMap((operation) => operation['x-codeSamples'] ?? []).length
    assert.equal(await checks.samples(opened, document), there)
    if (there > 0) await shot(opened, 'published-sample')
  }))
const LANGUAGES = [['Shell', 'cURL'], ['JavaScript', 'JavaScript'], ['PHP', 'PHP'], ['Rust', 'Rust']]
const sampled = structuredClone(document)
for (const operation of Object.values(sampled.paths).flatMap(Object.values)) {
  operation['x-codeSamples'] = LANGUAGES.map(([lang, label]) => ({
    lang, label, source: `order("${checks.HERE}", "${operation.operationId} in ${label}")\n`,
  }))
}
const configured = (change) => (html) => {
  const [start, rest] = html.split('id="configuration">')
  const end = rest.indexOf('</script>')
  const configuration = JSON.parse(rest.slice(0, end))
  change(configuration)
  return `${start}id="configuration">${JSON.stringify(configuration).replaceAll('<', '\\u003c')}${rest.slice(end)}`
}
const put = configured(({ content }) => {
  for (const [path, item] of Object.entries(sampled.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      content.paths[path][method]['x-codeSamples'] = operation['x-codeSamples']
    }
  }
})
await check('samples that are put in can be chosen, are shown and lead to the sandbox', () =>
  trying({ alter: put }, async (opened) => {
    const seen = await checks.samples(opened, sampled)
    assert.equal(seen, LANGUAGES.length * operations.length)
    await shot(opened, 'sandbox-sample')
  }))

// Each check fails where it must.
const unlocked = (html) => html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
const image = (html) => html.replace('<body>', '<body><img src="https://example.com/x.png" alt="">')
await check('an image from elsewhere is not loaded', () =>
  using(`${served}/`, { alter: image }, ({ complaints }) => assert.match(complaints.join(), /Content Security Policy/)))
await fires('an image from elsewhere', /example\.com/, () =>
  using(`${served}/`, { alter: (html) => unlocked(image(html)) }, (opened) => checks.quiet(opened, [get(`${served}/`)])))
await fires('fonts, as the page would take them by itself', /fonts\.scalar\.com/, () =>
  using(`${served}/`, { alter: (html) => unlocked(configured((it) => { delete it.withDefaultFonts })(html)) },
    async (opened) => {
      await checks.go(opened.page, operations[0])
      checks.quiet(opened, [get(`${served}/`)])
    }))
await fires('an error of the page', /broken/, () =>
  using(`${served}/`, { alter: (html) => html.replace('</body>', '<script>throw Error("broken")</script></body>') },
    (opened) => checks.quiet(opened, [get(`${served}/`)])))
await fires('a wrong host', /extendServerHours/, () =>
  using(`${served}/`, { alter: (html) => html.replace('`https://0xhost.net/API/orders/create_order`', '`https://0xhost.com/API/orders/create_order`') },
    (opened) => checks.shows(opened, document, { tried: false })))
await fires('a published page that sends', /1 !== 0/, () =>
  using(`${served}/`, { alter: configured((it) => { it.hideTestRequestButton = false }) },
    (opened) => checks.shows(opened, document, { tried: false })))
await fires('an order with another key', /answered 401/, () =>
  ordered({ alter: (html) => html.replace('"sandbox-key"', '"another-key"') }))
await fires('a focus that is not seen', /the focus is seen on/, () =>
  trying({ alter: (html) => html.replace('</head>', '<style>* { outline: none !important }</style></head>') },
    (opened) => checks.tabs(opened, document)))
await fires('a page that is too wide', /px wide in 390/, () =>
  using(`${served}/`, { size: PHONE, alter: (html) => html.replace('<body>', '<body><div style="width:500px">wide</div>') },
    checks.fits))

server.close()

await report({ program, folder, check, fires, using })
await browser.close()
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
