# Sourced by each script here: one installation of the tools, one program, one way to start a sandbox.
# shellcheck shell=bash
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1 no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NO_UPDATE_NOTIFIER=1 ORVAL_TELEMETRY_DISABLED=1
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# The key's header, which whoever calls needs: no script and no program here has it written down.
KEY_HEADER=$(sed -n '/^  securitySchemes:/,/^  responses:/s/^      name: //p' openapi.yaml)
export KEY_HEADER
export PYTHONPATH=$PWD/conformance RUFF_NO_CACHE=true
tools=$PWD/target/conformance work=$(mktemp -d) started=()

stop() {
    ((${#started[@]} == 0)) || { kill "${started[@]}" && wait "${started[@]}"; } 2>/dev/null || true
    started=()
}
trap 'stop; rm -rf "$work"' EXIT

# installed LOCK FOLDER COMMAND…: makes the folder, unless it was made here, of the same lock file. One at a time.
installed() {
    local made=$2/.made
    mkdir -p "$tools"
    {
        flock 9
        { echo "$2" && cat "$1"; } >"$work/made"
        cmp -s "$work/made" "$made" || { rm -rf "$2" && "${@:3}" && mv "$work/made" "$made"; }
    } 9>"$tools/.lock"
}
python_packages() {
    python3 -m venv "$tools/venv" && "$tools/venv/bin/pip" -q install --no-deps -r conformance/requirements.txt
}
node_packages() {
    npm ci --prefix conformance --ignore-scripts --no-audit --no-fund --silent
}
oxhost=$(realpath -m "${CARGO_TARGET_DIR:-target}/debug/oxhost")
# with oxhost|python|node: the command is built; what the lock file of a language says is first on the path.
with() {
    case $1 in
        oxhost) cargo build -q -p oxhost-cli ;;
        python)
            .ci/install python3-venv
            installed conformance/requirements.txt "$tools/venv" python_packages
            PATH=$tools/venv/bin:$PATH
            ;;
        node)
            .ci/install nodejs npm
            installed conformance/package-lock.json conformance/node_modules node_packages
            PATH=$PWD/conformance/node_modules/.bin:$PATH
            ;;
    esac
}

# announced COMMAND…: starts it, and reads the url that it announces and, if there is one, the key.
announced() {
    local greeting
    exec {greeting}< <(exec "$@")
    started+=($!)
    # It goes on: the announcement is one JSON value, and no end of the file is waited for.
    # shellcheck disable=SC2034 # for whoever sources this
    { read -r url && read -r key; } < <(timeout 60 jq -nr --arg key "${key-}" \
        'input | .url, (.api_key // $key)' <&"$greeting")
    exec {greeting}<&-
}
# A new sandbox, with options.
sandbox() { announced "$oxhost" -o json sandbox --listen 127.0.0.1:0 "$@"; }

passed=0 failed=0
# told TRUE|FALSE WORDS: counts, and shows what was said if it failed.
told() {
    if "$1"; then
        passed=$((passed + 1)) && echo "ok      $2"
    else
        failed=$((failed + 1)) && echo "FAILED  $2"
        cat "$work/said" >&2
    fi
}
# The last line of a script that counts.
result() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
}
