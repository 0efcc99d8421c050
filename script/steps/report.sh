# shellcheck shell=bash
# What the commands say to people: short lines on stderr. stdout belongs to what other programs read.

say() {
    printf '%s\n' "$*" >&2
}

# Ends the command with one clear message.
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Ends the command with the end of a log, and names a full disk, which otherwise hides behind any odd message.
fail_with_log() {
    local message=$1 log=$2
    tail -n 25 -- "$log" >&2 2>/dev/null || true
    if grep -qiE 'no space left on device|ENOSPC' -- "$log" 2>/dev/null; then
        message="$message: the disk is full"
    fi
    fail "$message (the whole log: $log)"
}

# Usage: require_free_space FOLDER...; each needs 1 GB, which a build or a young database takes quickly.
require_free_space() {
    local folder free
    for folder in "$@"; do
        free=$(df --block-size=1K --output=avail -- "$folder" | tail -n 1)
        if ((free < 1024 * 1024)); then
            fail "the disk that holds $folder is full: $((free / 1024)) MB are free and 1024 MB are needed"
        fi
    done
}
