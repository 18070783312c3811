// Renews a Plesk subscription, and charges for it. With Node 18 or later: node renew.mjs
// Exit status: 0 charged, 1 not charged, 2 it MAY have been charged.
const refusals = [400, 401, 402, 403, 404, 405, 413, 415, 422, 429];
// Nothing but these says no: beside anything else, an order may have been placed.
const no = /"success"\s*:\s*(false|null)|"(message|error|code|data)"\s*:\s*("([^"\\\uFFFD]|\\.)*"|null|true|false|\d+)?/g;
// In any letters' case, anywhere: an order that failed, an error, another word than yes.
const failed = /"\w*status"\s*:\s*"[^"]*(canceled|cancelled|declined|denied|error|expired|fail|refunded|refused|rejected|void)/i;
const disputed = /"success\\*"\s*:\s*[^tn\s]|"error\w*\\*"\s*:\s*([^nf"\s]|"[^"])|\\u00[4-7]/i;

async function place(key) {
  if (!key) {
    console.error('Nothing was sent: OXHOST_API_KEY is not set.');
    return 1;
  }
  let heard = 'No answer';
  // Unlike AbortSignal.timeout, this keeps Node from ending while the answer is open.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), 120_000); // Connecting has its own, of 10 s.
  try {
    const response = await fetch('https://0xhost.com/API/orders/create_order_scale_plesk', {
      method: 'POST',
      redirect: 'manual', // A redirect would take the key along.
      signal: limit.signal,
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({
        subscription_id: 'sub123-4567-8901-2345-678901234567',
        new_plan_id: 'plan234-5678-9012-3456-789012345678',
        months: 3,
        type_payment: 'balance',
      }),
    });
    const { ok, status } = response;
    heard = `HTTP ${status}`;
    const text = await response.text();
    const reply = JSON.parse(text);
    // The provider sometimes wraps the payload in `data`.
    const { success, message, error, order, subscription } = { ...reply.data, ...reply };
    heard += `, ${JSON.stringify(message ?? error)}`;
    if (ok && success === true && order?.order_number && !failed.test(text) && !disputed.test(text)) {
      console.log(`Charged ${order.amount}: order ${order.order_number}, runs until ${subscription?.new_expires_at}.`);
      return 0;
    }
    const refused = /^\s*\{[\s{}[\],]{0,60}$/.test(text.replace(no, ''));
    if (refused && (ok ? success === false : refusals.includes(status))) {
      console.error(`Refused, nothing was charged: ${heard}.`);
      return 1;
    }
  } catch (failure) {
    heard += `, ${failure.cause?.code ?? failure.name}`; // Not its message, which may hold the key.
  } finally {
    clearTimeout(timer);
  }
  console.error(`${heard}. It MAY have been charged: look in the client area before you order again.`);
  return 2;
}

process.exitCode = await place(process.env.OXHOST_API_KEY);
