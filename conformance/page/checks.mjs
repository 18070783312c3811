// What the page must do. Each check takes an open page, and throws where it does not.

import assert from 'node:assert/strict'

export const operations = (document) =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation, method: method.toUpperCase(), path, url: `${operation.servers[0].url}${path}`,
    })))

// An order, with what the ledger must say of it and what a refused one looks like.
export const ORDERS = [
  {
    operation: 'renewPleskSubscription', amount: '29.97', refused: [404, 'Unknown subscription_id.'],
    wrong: { subscription_id: 'another', months: 1, type_payment: 'balance' },
  },
  {
    operation: 'extendServerHours', amount: '0.02', refused: [422, 'The request is not valid.'],
    wrong: { user_id: 'user12345-6789-0123-4567-890123456789', server_id: 'another', hours: 0 },
  },
]

const section = (page, { tags, method, path }) => page.locator(`section[id$="/tag/${tags[0]}/${method}${path}"]`)
const entry = (page, { tags, method, path }) => 
  page.locator(`a[href="#tag/${tags[0]}/${method}${path}"]`).filter({ visible: true }).first()
const menu = (page) => page.getByRole('button', { name: 'Open Menu' })

// Scalar lays sections out while they come into view, and what is chosen meanwhile slips away.
async function settled(page) {
  await page.evaluate(() => { globalThis.still = { at: '', frames: 0 } })
  await page.waitForFunction(() => {
    const at = `${scrollY} ${document.documentElement.scrollHeight}`
    globalThis.still = { at, frames: at === globalThis.still.at ? globalThis.still.frames + 1 : 0 }
    return globalThis.still.frames > 20
  }, undefined, { polling: 'raf' })
}

// Through the menu, as people do.
export async function go(page, operation) {
  if (await menu(page).isVisible()) await menu(page).click()
  await settled(page)
  await entry(page, operation).click()
  const heading = section(page, operation).getByRole('heading', { name: operation.summary })
  await heading.waitFor()
  await settled(page)
  const { y } = await heading.boundingBox()
  assert.ok(y >= 0 && y < page.viewportSize().height / 2, `${operation.operationId} is in sight, at ${y}`)
  return section(page, operation)
}

// Every group and operation is there; each names its own host, and can be tried or not.
export async function shows({ page }, document, { tried }) {
  for (const { name, description } of document.tags) {
    await page.locator(`a[href="#tag/${name}"]`).first().waitFor()
    await page.locator(`section[id$="/tag/${name}"]`).getByText(description).waitFor()
  }
  const hosts = new Set(operations(document).map(({ servers }) => servers[0].url))
  for (const operation of operations(document)) {
    const place = await go(page, operation)
    const text = await place.innerText()
    const named = [...hosts].filter((host) => text.includes(`${host}/`))
    assert.deepEqual(named, [operation.servers[0].url], operation.operationId)
    assert.ok(text.includes(operation.url), `${operation.url} stands at ${operation.operationId}`)
    assert.equal(await place.getByRole('button', { name: 'Test Request' }).count(), tried ? 1 : 0)
  }
}

// What stands in a page for where it comes from.
export const HERE = 'https://here.invalid'

// Each sample of an operation can be chosen, and is what is shown. How many there were is the answer.
export async function samples({ page, url }, document) {
  let seen = 0
  for (const operation of operations(document)) {
    const all = operation['x-codeSamples'] ?? []
    if (all.length === 0) continue
    const place = await go(page, operation)
    for (const { label, source } of all) {
      await place.getByRole('button', { name: 'Change code sample language' }).click()
      const names = await page.getByRole('option').allInnerTexts()
      assert.deepEqual(names, all.map((sample) => sample.label))
      await page.getByRole('option', { name: label, exact: true }).click()
      const shown = place.locator('pre').first()
      await page.waitForFunction(([it, text]) => it.innerText.trim() === text, [
        await shown.elementHandle(), source.trim().replaceAll(HERE, new URL(url).origin),
      ])
      seen += 1
    }
  }
  return seen
}

// From the keyboard alone: finds an operation, goes to it, and orders.
export async function ordersByKeyboard({ page }, operation) {
  const press = async (key, times = 1) => { for (; times > 0; times -= 1) await page.keyboard.press(key) }
  await press('Control+k')
  await page.getByRole('combobox').or(page.getByLabel('Enter search query')).first().waitFor()
  await page.keyboard.type(operation.summary.slice(0, 6).toLowerCase())
  await page.getByRole('option').first().getByText(operation.summary).waitFor()
  await press('ArrowDown')
  await press('Enter')
  await section(page, operation).getByRole('heading', { name: operation.summary }).waitFor()
  // Back to the first thing on the page, which leads over the menu to what was found.
  await press('Shift+Tab')
  assert.equal(await focused(page), 'Skip the menu')
  await press('Enter')
  for (let stops = 0; !(await focused(page)).startsWith('Test Request'); stops += 1) {
    assert.ok(stops < 30, 'the keyboard reaches the request')
    await press('Tab')
  }
  await press('Enter')
  await page.getByRole('dialog').getByText('Request Body').waitFor()
  await press('Control+Enter')
  await answered(page, 200, '"order')
  await press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

const focused = (page) => page.evaluate(() => document.activeElement.innerText?.trim())

// With the pointer: opens the request as it is filled in, changes its body if told to, and sends it.
export async function sends({ page }, operation, [status, words] = [200, '"order'], body) {
  const place = await go(page, operation)
  await place.getByRole('button', { name: 'Test Request' }).click()
  const dialog = page.getByRole('dialog')
  if (body) {
    await dialog.locator('.cm-content').first().click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(JSON.stringify(body))
  }
  await dialog.getByRole('button', { name: /^Send/ }).first().click()
  await answered(page, status, words)
}

async function answered(page, status, words) {
  const dialog = page.getByRole('dialog')
  const said = await dialog.getByText(/^[1-5]\d\d [A-Z]/).first().innerText()
  assert.ok(said.startsWith(`${status} `), `answered ${said}, not ${status}`)
  await dialog.getByText(words).first().waitFor()
}

// Leaves the request.
export async function closes({ page }) {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

// One stop after the other, down the menu, and where the focus is can be seen.
export async function tabs({ page }, document) {
  const stops = []
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press('Tab')
    const element = await page.evaluateHandle(() => document.activeElement)
    const stop = await element.evaluate((it) => {
      const { x, y, width, height } = it.getBoundingClientRect()
      return { name: (it.getAttribute('aria-label') ?? it.innerText).trim(), x, y, width, height }
    })
    const clip = { x: Math.max(0, stop.x - 4), y: Math.max(0, stop.y - 4), width: stop.width + 8, height: stop.height + 8 }
    const seen = await page.screenshot({ clip })
    await element.evaluate((it) => it.blur())
    const unseen = await page.screenshot({ clip })
    assert.ok(!seen.equals(unseen), `the focus is seen on ${stop.name}`)
    await element.evaluate((it) => it.focus())
    stops.push(stop)
  }
  const names = stops.map(({ name }) => name.split('\n')[0])
  assert.equal(names[0], 'Skip the menu')
  assert.match(names[1], /Search/)
  const rest = stops.slice(1)
  assert.deepEqual(rest, rest.toSorted((a, b) => Math.round(a.y / 9) - Math.round(b.y / 9) || a.x - b.x), 'downwards')
  for (const { summary } of operations(document).slice(0, 2)) assert.ok(names.includes(summary), summary)
}

// Nothing sticks out to the side.
export async function fits({ page }) {
  // A phone shows a page that is too wide smaller: its window grows along.
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  const room = page.viewportSize().width
  assert.ok(width <= room, `${width} px wide in ${room}`)
}

// The page asked for this and nothing else, and complained of this and nothing else.
export function quiet({ asked, complaints }, requests, refusals = 0) {
  assert.deepEqual(asked, requests)
  const refused = /^Failed to load resource: the server responded with a status of 4\d\d/
  assert.deepEqual(complaints.filter((said) => !refused.test(said)), [])
  assert.equal(complaints.length, refusals)
}
