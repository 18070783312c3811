"""Renews a Plesk subscription, and charges for it. Needs requests (pip install requests).
Exit status: 0 charged, 1 not charged, 2 it MAY have been charged."""
import json
import os
import re
import sys

import requests

REFUSALS = {400, 401, 402, 403, 404, 405, 413, 415, 422, 429}
# Nothing but these says no: beside anything else, an order may have been placed.
NO = (r'"success"\s*:\s*(false|null)|"(message|error|code|data)"\s*:\s*'
      r'("([^"\\]|\\.)*"|null|true|false|\d+)?')
# In any letters' case, anywhere: an order that failed, an error, another word than yes.
DISPUTED = (r'"\w*status"\s*:\s*"[^"]*(canceled|cancelled|declined|denied|error|expired|fail|refunded|refused|rejected|void)'
            r'|"success\\*"\s*:\s*[^tn\s]|"error\w*\\*"\s*:\s*([^nf"\s]|"[^"])|\\u00[4-7]')


def place(key):
    heard = "No answer"
    try:
        response = requests.post(
            "https://0xhost.com/API/orders/create_order_scale_plesk",
            headers={"x-api-key": key},
            json={
                "subscription_id": "sub123-4567-8901-2345-678901234567",
                "new_plan_id": "plan234-5678-9012-3456-789012345678",
                "months": 3,
                "type_payment": "balance",
            },
            timeout=(10, 120),  # Seconds to connect, and of silence.
            allow_redirects=False,  # A redirect would take the key along.
        )
        status = response.status_code
        heard = f"HTTP {status}"
        text = response.content.decode()
        reply = json.loads(text, parse_float=str, parse_constant=int)  # Money is never a float, nor NaN.
        # The provider sometimes wraps the payload in `data`.
        reply = {**(reply.get("data") or {}), **reply}
        success, order = reply.get("success"), reply.get("order")
        heard += f", {reply.get('message') or reply.get('error')!r}"
        ok = 200 <= status < 300
        charged = ok and success is True and not re.search(DISPUTED, text, re.I)
        if charged and order and order.get("order_number"):
            until = (reply.get("subscription") or {}).get("new_expires_at")
            return 0, f"Charged {order.get('amount')}: order {order['order_number']}, runs until {until}."
        refused = re.fullmatch(r"\s*\{[\s{}[\],]{0,60}", re.sub(NO, "", text))
        if refused and (success is False if ok else status in REFUSALS):
            return 1, f"Refused, nothing was charged: {heard}."
    except Exception as failure:  # Whatever went wrong, the order may have been placed.
        heard += f", {type(failure).__name__}"  # Not its words, which may hold the key.
    return 2, f"{heard}. It MAY have been charged: look in the client area before you order again."


key = os.environ.get("OXHOST_API_KEY")
code, words = place(key) if key else (1, "Nothing was sent: OXHOST_API_KEY is not set.")
print(words, file=sys.stderr if code else sys.stdout)
sys.exit(code)
