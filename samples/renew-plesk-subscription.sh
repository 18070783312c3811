#!/bin/sh
# Renews a Plesk subscription, and charges for it. Needs curl 7.55 and jq 1.6, or later.
# Exit status: 0 charged, 1 not charged, 2 it MAY have been charged.
fail() { echo "$2" >&2; exit "$1"; }
[ -n "$OXHOST_API_KEY" ] || fail 1 'Nothing was sent: OXHOST_API_KEY is not set.'
command -v jq >/dev/null || fail 1 'Nothing was sent: there is no jq.'
unknown='It MAY have been charged: look in the client area before you order again.'

# The key comes by stdin, for command lines can be seen. -q: a .curlrc might repeat or redirect.
reply=$({ printf 'x-api-key: %s\n' "$OXHOST_API_KEY" |
  curl -q --silent --show-error --http1.1 --connect-timeout 10 --max-time 120 \
    --header @- --header 'content-type: application/json' --write-out '\n%{http_code}' \
    --data '{
      "subscription_id": "sub123-4567-8901-2345-678901234567",
      "new_plan_id": "plan234-5678-9012-3456-789012345678",
      "months": 3,
      "type_payment": "balance"
    }' https://0xhost.com/API/orders/create_order_scale_plesk || echo ' failed'; } |
  tr '\000' '?') # The shell would drop each NUL, and with them what tells UTF-16.
case $reply in *' failed') fail 2 "No answer. $unknown" ;; esac

status=$(printf '%s' "$reply" | tail -n 1)
printf '%s' "$reply" | sed '$d' | jq --raw-input --slurp --exit-status --raw-output --argjson status "$status" '
  . as $text
  | "\"([^\"\\\\\\x00-\\x1f\ufffd]|\\\\.)*\"" as $string
  | "-?(0|[1-9]\\d*)(\\.\\d+)?([eE][-+]?\\d+)?|true|false|null" as $scalar
  # What jq takes for JSON is more than JSON.
  | if test("\\A([\\s{}\\[\\],:]|\($string)|(\($scalar))(?=[\\s,}\\]]))*\\z") then try fromjson catch null else null end
  | if type != "object" then error("this is no JSON object") else . end
  # The provider sometimes wraps the payload in `data`.
  | ((.data | objects) // {}) + .
  | ($status >= 200 and $status < 300) as $ok
  # In any letters case, anywhere: an order that failed, an error, another word than yes.
  | ($text | test("\"\\w*status\"\\s*:\\s*\"[^\"]*(canceled|cancelled|declined|denied|error|expired|fail|refunded|refused|rejected|void)"; "i")
      or test("\"success\\\\*\"\\s*:\\s*[^tn\\s]|\"error\\w*\\\\*\"\\s*:\\s*([^nf\"\\s]|\"[^\"])|\\\\u00[4-7]"; "i")) as $disputed
  # Nothing but these says no: beside anything else, an order may have been placed.
  | ($text | gsub("\"success\"\\s*:\\s*(false|null)|\"(message|error|code|data)\"\\s*:\\s*(\($string)|\($scalar))?"; "")
      | test("\\A\\s*\\{[\\s{}\\[\\],]{0,60}\\z")) as $no
  | if $ok and .success == true and .order.order_number and ($disputed | not) then
      "Charged \(.order.amount): order \(.order.order_number), runs until \(.subscription.new_expires_at)."
    elif $no and if $ok then .success == false
        else ($status | IN(400, 401, 402, 403, 404, 405, 413, 415, 422, 429)) end then
      "Refused, nothing was charged: HTTP \($status), \(.message // .error | tojson).\n" | halt_error(1)
    else "The answer leaves it open: \(.message // .error | tojson).\n" | halt_error(2) end'
case $? in
  0) ;;
  1) exit 1 ;;
  *) fail 2 "HTTP $status. $unknown" ;;
esac
