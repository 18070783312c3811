// One call through the generated clients: main.mjs CALL ID default|strict. Prints what was told.
import { isAxiosError } from 'axios'
import { createApiClient as ofCom } from './com.mjs'
import { createApiClient as ofNet } from './net.mjs'

const [call = '', id = '', manner] = process.argv.slice(2)
const axiosConfig = {
  headers: { [process.env.KEY_HEADER ?? '']: process.env.OXHOST_KEY },
  ...(manner === 'strict' ? { maxRedirects: 0 } : {}),
}
const url = process.env.OXHOST_URL ?? ''
const plesk = ofCom(url, { axiosConfig })
const servers = ofNet(url, { axiosConfig })
// Zodios hands on the body alone.
let status: number | null = null
for (const { axios } of [plesk, servers]) {
  axios.interceptors.response.use((response) => {
    status = response.status
    return response
  })
}

const calls = {
  'plesk-order': () => plesk.renewPleskSubscription({ subscription_id: id, months: 3, type_payment: 'balance' }),
  'plesk-subscription': () => plesk.getPleskSubscription({ queries: { id } }),
  'server-order': () =>
    servers.extendServerHours({ user_id: process.env.OXHOST_USER ?? '', server_id: id, hours: 1 }),
  'orders-of-user': () => servers.listOrders({ queries: { user_id: id, page: 1 } }),
  order: () => servers.listOrders({ queries: { order_id: id } }),
  user: () => servers.getUser({ queries: { user_id: id } }),
}

const tell = (told: string, status: number | null, body: unknown) =>
  console.log(JSON.stringify({ told, status, body }))

try {
  const body = await calls[call as keyof typeof calls]()
  tell('answer', status, body)
} catch (error) {
  if (isAxiosError(error) && error.response) tell('refusal', error.response.status, error.response.data)
  else tell('failure', null, String(error))
}
