"""One call through the generated clients: main.py CALL ID default|strict. Prints what was told."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import oxhost_com
import oxhost_net
import urllib3

call, id, manner = sys.argv[1:]
package = oxhost_com if "plesk" in call else oxhost_net
configuration = package.Configuration(host=os.environ["OXHOST_URL"])
configuration.api_key[os.environ["KEY_HEADER"]] = os.environ["OXHOST_KEY"]
if manner == "strict":
    configuration.retries = urllib3.Retry(False, redirect=False)

plesk = oxhost_com.PleskApi(oxhost_com.ApiClient(configuration))
servers = oxhost_net.ServersApi(oxhost_net.ApiClient(configuration))
calls: dict[str, Callable[[], Any]] = {
    "plesk-order": lambda: plesk.renew_plesk_subscription_with_http_info(
        oxhost_com.PleskRenewalOrder(subscription_id=id, months=3, type_payment=oxhost_com.Payment.BALANCE)
    ),
    "plesk-subscription": lambda: plesk.get_plesk_subscription_with_http_info(id=id),
    "server-order": lambda: servers.extend_server_hours_with_http_info(
        oxhost_net.ServerExtensionOrder(user_id=os.environ["OXHOST_USER"], server_id=id, hours=1)
    ),
    "orders-of-user": lambda: servers.list_orders_with_http_info(user_id=id, page=1),
    "order": lambda: servers.list_orders_with_http_info(order_id=id),
    "user": lambda: servers.get_user_with_http_info(user_id=id),
}


def told(kind: str, status: object, body: object) -> None:
    print(json.dumps({"told": kind, "status": status, "body": body}))


try:
    reply = calls[call]()
    told("answer", reply.status_code, reply.data.to_dict() if reply.data else reply.raw_data.decode())
except (oxhost_com.ApiException, oxhost_net.ApiException) as refusal:
    told("refusal", refusal.status, refusal.body)
except Exception as error:
    told("failure", None, f"{type(error).__name__}: {error}")
