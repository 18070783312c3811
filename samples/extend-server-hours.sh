#!/bin/sh
# Extends a server by hours, and charges for them. Needs curl 7.55 and jq 1.6, or later.
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
      "user_id": "user12345-6789-0123-4567-890123456789",
      "server_id": "server12345-6789-0123-4567-890123456789",
      "hours": 1
    }' https://0xhost.net/API/orders/create_order || echo ' failed'; } |
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
  | if $ok and .success == true and .order_id and .type == "renew_server" and ($disputed | not) then
      "Charged \(.amount): order \(.order_id), runs until \(.server_status.expire_date)."
    elif $no and if $ok then .success == false
        else ($status | IN(400, 401, 402, 403, 404, 405, 413, 415, 422, 429)) end then
      "Refused, nothing was charged: HTTP \($status), \(.message // .error | tojson).\n" | halt_error(1)
    else "The answer leaves it open: \(.message // .error | tojson).\n" | halt_error(2) end'
case $? in
  0) ;;
  1) exit 1 ;;
  *) fail 2 "HTTP $status. $unknown" ;;
esac
