#!/bin/sh
# Makes sure that the browser tests find a Chromium and Chinese fonts.
set -eu

fail() {
    echo "searchsvc: $1" >&2
    exit 2
}

found() {
    [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && return 0
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] ||
        [ -x "/Applications/Chromium.app/Contents/MacOS/Chromium" ]
}

fonts() {
    [ "$(uname)" = Darwin ] || { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family)" ]; }
}

found && fonts && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
    echo "Installing chromium and fonts-noto-cjk for the browser tests ..." >&2
    apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fontconfig fonts-noto-cjk >/dev/null ||
        fail "chromium could not be installed; run: apt-get update && apt-get install chromium fonts-noto-cjk"
    found && fonts && exit 0
fi
fail "the browser tests need Chromium and Chinese fonts; run: sudo apt-get install chromium fonts-noto-cjk (or set CHROMIUM=/path/to/chrome)"
