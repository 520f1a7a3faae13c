#!/bin/sh
# Makes sure that the tests find the programs they drive: Chromium and Chinese fonts, and (unless `browser` is all that
# was asked for) nginx.
set -eu

fail() {
    echo "searchsvc: $1" >&2
    exit 2
}

has_browser() {
    [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && return 0
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] ||
        [ -x "/Applications/Chromium.app/Contents/MacOS/Chromium" ]
}

has_fonts() {
    [ "$(uname)" = Darwin ] || { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family)" ]; }
}

has_nginx() {
    [ -n "${NGINX:-}" ] && [ -x "$NGINX" ] && return 0
    # Debian keeps it where only root's PATH leads.
    command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || [ -x /usr/local/sbin/nginx ]
}

get() {
    command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ] || return 0
    echo "Installing $* for the tests ..." >&2
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null ||
        fail "$* could not be installed; run: apt-get update && apt-get install $*"
}

{ has_browser && has_fonts; } || get chromium fontconfig fonts-noto-cjk
{ has_browser && has_fonts; } ||
    fail "the browser tests need Chromium and Chinese fonts; run: sudo apt-get install chromium fonts-noto-cjk (or set CHROMIUM=/path/to/chrome)"
[ "${1:-}" = browser ] && exit 0
has_nginx || get nginx-light
has_nginx || fail "the proxy tests need nginx; run: sudo apt-get install nginx-light (or set NGINX=/path/to/nginx)"
