// One call through the generated types: main.mjs CALL ID default|strict. Prints what was told.
import createClient from 'openapi-fetch'
import type { paths as Com } from './com.js'
import type { paths as Net } from './net.js'

const [call = '', id = '', manner] = process.argv.slice(2)
const options = {
  baseUrl: process.env.OXHOST_URL,
  headers: { [process.env.KEY_HEADER ?? '']: process.env.OXHOST_KEY },
  redirect: manner === 'strict' ? 'manual' : 'follow',
} as const
const com = createClient<Com>(options)
const net = createClient<Net>(options)

const calls = {
  'plesk-order': () =>
    com.POST('/API/orders/create_order_scale_plesk', {
      body: { subscription_id: id, months: 3, type_payment: 'balance' },
    }),
  'plesk-subscription': () => com.GET('/API/plesk/subscriptions/detail', { params: { query: { id } } }),
  'server-order': () =>
    net.POST('/API/orders/create_order', {
      body: { user_id: process.env.OXHOST_USER ?? '', server_id: id, hours: 1 },
    }),
  'orders-of-user': () => net.GET('/API/orders/list_order', { params: { query: { user_id: id, page: 1 } } }),
  order: () => net.GET('/API/orders/list_order', { params: { query: { order_id: id } } }),
  user: () => net.GET('/API/info_user', { params: { query: { user_id: id } } }),
}

const tell = (told: string, status: number | null, body: unknown) =>
  console.log(JSON.stringify({ told, status, body }))

try {
  const { data, error, response } = await calls[call as keyof typeof calls]()
  tell(response.ok ? 'answer' : 'refusal', response.status, data ?? error)
} catch (error) {
  tell('failure', null, String(error))
}
