"""One call through the generated clients: main.py CALL ID default|strict. Prints what was told."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import com
import net
from com.api.plesk import get_plesk_subscription, renew_plesk_subscription
from com.models import Payment, PleskRenewalOrder
from net.api.servers import extend_server_hours, get_user, list_orders
from net.models import ServerExtensionOrder

call, id, manner = sys.argv[1:]
# It follows no redirect of its own accord.
at = {"base_url": os.environ["OXHOST_URL"], "token": os.environ["OXHOST_KEY"], "prefix": ""}
plesk = com.AuthenticatedClient(**at, auth_header_name=os.environ["KEY_HEADER"])
servers = net.AuthenticatedClient(**at, auth_header_name=os.environ["KEY_HEADER"])
calls: dict[str, Callable[[], Any]] = {
    "plesk-order": lambda: renew_plesk_subscription.sync_detailed(
        client=plesk, body=PleskRenewalOrder(subscription_id=id, months=3, type_payment=Payment.BALANCE)
    ),
    "plesk-subscription": lambda: get_plesk_subscription.sync_detailed(client=plesk, id=id),
    "server-order": lambda: extend_server_hours.sync_detailed(
        client=servers, body=ServerExtensionOrder(user_id=os.environ["OXHOST_USER"], server_id=id, hours=1)
    ),
    "orders-of-user": lambda: list_orders.sync_detailed(client=servers, user_id=id, page=1),
    "order": lambda: list_orders.sync_detailed(client=servers, order_id=id),
    "user": lambda: get_user.sync_detailed(client=servers, user_id=id),
}


def told(kind: str, status: object, body: object) -> None:
    print(json.dumps({"told": kind, "status": status, "body": body}))


try:
    reply = calls[call]()
    told("answer" if reply.status_code < 300 else "refusal", reply.status_code, reply.parsed.to_dict())
except Exception as error:
    told("failure", None, f"{type(error).__name__}: {error}")
